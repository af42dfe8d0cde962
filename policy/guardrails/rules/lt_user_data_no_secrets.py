"""User data carries no secrets: everybody on the instance and in the account can read it."""

from collections.abc import Iterator

from pulumi_policy import Severity

from guardrails.aws import types
from guardrails.aws.generated import GENERATORS, generated
from guardrails.aws.machines import user_data
from guardrails.options import Options
from guardrails.resources.packed import decoded
from guardrails.resources.resource import Resource
from guardrails.resources.secrecy.scripts import secrets_in
from guardrails.resources.stack import Stack, without_unset
from guardrails.resources.values import Value, each, text
from guardrails.rule import Finding, ResourceRule, unresolved


def findings(template: Resource, _options: Options) -> Iterator[Finding]:
    """What looks like a secret in the decoded user data, by its kind and line, never by its value."""
    yield from each(user_data(template), lambda form: _plain(*form))


def _plain(argument: str, packed: Value) -> Iterator[Finding]:
    for kind, line in secrets_in(decoded(text(packed))):
        yield Finding(
            observed=f"line {line} of the user data holds what looks like {kind}",
            expected="a reference to Secrets Manager or to a SecureString parameter",
            argument=argument,
        )


def joined(stack: Stack, machine: Resource, options: Options) -> Iterator[Finding]:
    """User data that is not known yet and into which a generated password goes."""
    sources = list(generated(stack, machine, "userData", "userDataBase64"))
    for source in sources:
        yield Finding(
            observed=f"the user data holds the secret of {source.name}",
            expected="a reference to Secrets Manager or to a SecureString parameter",
            argument="user_data",
            resource=machine,
        )
    if not sources:
        settled = without_unset(machine, "userDataBase64")
        yield from unresolved(findings(settled, options))


RULE = ResourceRule(
    id="lt-user-data-no-secrets",
    title="No secrets in user data",
    description="The user data of instances must not contain secrets.",
    why="User data is readable through the metadata service and by everybody who may describe the template.",
    fix="Read secrets on the instance from Secrets Manager or SSM, with the instance's role.",
    severity=Severity.CRITICAL,
    references=("CKV_AWS_46",),
    topics=("security", "secrets", "launch-template"),
    applies_to=types.MACHINES,
    findings=findings,
    joined=joined,
    settles=True,
    joins=GENERATORS,
    compliant=(
        Resource(
            type="aws:ec2/launchTemplate:LaunchTemplate",
            name="worker",
            props={"userData": "IyEvYmluL3NoCmVjaG8gcmVhZHkK"},
        ),
    ),
    violating=(
        # The example key that AWS prints in its own documentation.
        Resource(
            type="aws:ec2/launchTemplate:LaunchTemplate",
            name="worker",
            props={
                "userData": "IyEvYmluL3NoCmV4cG9ydCBBV1NfQUNDRVNTX0tFWV9JRD1BS0lBSU9TRk9ETk43RVhBTVBMRQo="
            },
        ),
    ),
)
