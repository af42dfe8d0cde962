"""Parameters that hold secrets are encrypted."""

from collections.abc import Iterator

from pulumi_policy import Severity

from guardrails.aws import types
from guardrails.options import Options
from guardrails.resources.resource import Resource
from guardrails.resources.secrecy import holds_secret_word
from guardrails.resources.values import all_of, text
from guardrails.rule import Finding, ResourceRule


def findings(parameter: Resource, _options: Options) -> Iterator[Finding]:
    """A parameter with a secret's name and a plain type."""
    if all_of(lambda: text(parameter.props, "type") != "SecureString", lambda: _secret(parameter)):
        yield Finding(
            observed="has a name for a secret and a plain type", expected='"SecureString"', argument="type"
        )


def _secret(parameter: Resource) -> bool:
    return holds_secret_word(text(parameter.props, "name") or parameter.name)


RULE = ResourceRule(
    id="ssm-parameter-secure",
    title="Secure parameters",
    description="A parameter whose name speaks of a secret must be a SecureString.",
    why="A plain parameter is shown to everybody who may list parameters.",
    fix='Set type to "SecureString" and name a KMS key.',
    severity=Severity.HIGH,
    references=("CKV2_AWS_34", "CKV_AWS_337"),
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
