"""Parameters that hold secrets are encrypted."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from guardrails.aws import types
from guardrails.options import Options
from guardrails.resources.leaks import leaks
from guardrails.resources.resource import Resource
from guardrails.resources.secrecy.literals import is_literal
from guardrails.resources.secrecy.names import names_a_secret, names_secrets
from guardrails.resources.values import all_of, any_of, text, unknown
from guardrails.rule import Finding, ResourceRule

VALUES = ("value", "insecureValue")


def findings(parameter: Resource, _options: Options) -> Iterator[Finding]:
    """A parameter with a plain type that holds a secret by its name, or by the shape of its value."""
    if not all_of(lambda: text(parameter.props, "type") != "SecureString", lambda: _secret(parameter)):
        return
    why = "holds what looks like a secret" if _shaped(parameter) else "has a name for a secret"
    yield Finding(observed=f"{why} and has a plain type", expected='"SecureString"', argument="type")


def _secret(parameter: Resource) -> bool:
    return any_of((_named, _shaped), lambda test: test(parameter))


def _named(parameter: Resource) -> bool:
    """Whether words anywhere in the path speak of a secret, and the value is not a reference to one."""
    name = text(parameter.props, "name") or parameter.name
    stated = [key for key in VALUES if parameter.props.get(key) is not None]
    held = [unknown(parameter.props, key) or _held(name, text(parameter.props, key)) for key in stated]
    return names_secrets(name) and (any(held) or not held)


def _held(name: str, value: str) -> bool:
    # A number under a name such as max-tokens counts them.
    return is_literal(value) and (names_a_secret(name) or not value.isdecimal())


def _shaped(parameter: Resource) -> bool:
    known = [text(parameter.props, key) for key in VALUES if not unknown(parameter.props, key)]
    return any(next(leaks(value), None) for value in known)


RULE = ResourceRule(
    id="ssm-parameter-secure",
    title="Secure parameters",
    description="A parameter that holds a secret, by its name or its value, must be a SecureString.",
    why="A plain parameter is shown to everybody who may list parameters.",
    fix='Set type to "SecureString" and name a KMS key.',
    severity=Severity.HIGH,
    topics=("security", "secrets", "ssm"),
    applies_to=types.PARAMETERS,
    findings=findings,
    compliant=(
        Resource(
            type="aws:ssm/parameter:Parameter",
            name="webhook",
            props={"name": "/clip-it/dev/webhook-secret", "type": "SecureString"},
        ),
    ),
    violating=(
        Resource(
            type="aws:ssm/parameter:Parameter",
            name="webhook",
            props={"name": "/clip-it/dev/webhook-secret", "type": "String"},
        ),
    ),
)
