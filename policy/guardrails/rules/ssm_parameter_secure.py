"""Parameters that hold secrets are encrypted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from pulumi_policy import Severity

from guardrails.aws import types
from guardrails.aws.generated import passes_on_names
from guardrails.options import Options
from guardrails.resources.leaks import leaks
from guardrails.resources.resource import Resource
from guardrails.resources.secrecy.literals import is_literal
from guardrails.resources.secrecy.names import names_a_secret, names_secrets
from guardrails.resources.stack import Stack
from guardrails.resources.values import all_of, any_of, text, unknown
from guardrails.rule import Finding, ResourceRule, unresolved

VALUES = ("value", "insecureValue")


def findings(parameter: Resource, _options: Options) -> Iterator[Finding]:
    """A parameter with a plain type that holds a secret by its name, or by the shape of its value."""
    yield from _judged(parameter, lambda key: _held(parameter, text(parameter.props, key)))


def joined(_stack: Stack, parameter: Resource, options: Options) -> Iterator[Finding]:
    """A value that is not known yet is a secret unless all that it depends on has none."""
    if not any(unknown(parameter.props, key) for key in VALUES):
        yield from unresolved(findings(parameter, options))
        return
    held = not passes_on_names(parameter, *VALUES)
    for finding in _judged(parameter, lambda _: held):
        yield replace(finding, resource=parameter)


def _judged(parameter: Resource, holds: Callable[[str], bool]) -> Iterator[Finding]:
    ways: tuple[Callable[[], bool], ...] = (lambda: _named(parameter, holds), lambda: _shaped(parameter))
    plain = all_of(
        lambda: text(parameter.props, "type") != "SecureString", lambda: any_of(ways, lambda way: way())
    )
    if not plain:
        return
    why = "holds what looks like a secret" if _shaped(parameter) else "has a name for a secret"
    yield Finding(observed=f"{why} and has a plain type", expected='"SecureString"', argument="type")


def _named(parameter: Resource, holds: Callable[[str], bool]) -> bool:
    """Whether words anywhere in the path speak of a secret, and the value is not a reference to one."""
    stated = [key for key in VALUES if parameter.props.get(key) is not None]
    return names_secrets(_name(parameter)) and (not stated or any_of(stated, holds))


def _name(parameter: Resource) -> str:
    return text(parameter.props, "name") or parameter.name


def _held(parameter: Resource, value: str) -> bool:
    # A number under a name such as max-tokens counts them.
    return is_literal(value) and (names_a_secret(_name(parameter)) or not value.isdecimal())


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
    joined=joined,
    settles=True,
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
