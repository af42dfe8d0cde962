"""Instances answer metadata requests only with a session token."""

from collections.abc import Iterator

from pulumi_policy import Severity

from guardrails.aws import types
from guardrails.aws.machines import leaves_to_template
from guardrails.options import Options
from guardrails.resources.resource import Resource
from guardrails.resources.values import Block, any_of, block, text
from guardrails.rule import Finding, ResourceRule

# Either suffices: no answer without a token, or no answer at all.
SAFE = (("httpTokens", "required"), ("httpEndpoint", "disabled"))


def findings(template: Resource, _options: Options) -> Iterator[Finding]:
    """A metadata service that still answers without a token."""
    if leaves_to_template(template, "metadataOptions"):
        return
    if any_of(SAFE, lambda setting: text(template.props, "metadataOptions", setting[0]) == setting[1]):
        return
    yield Finding(
        observed="the metadata service answers without a session token",
        expected='"required"',
        argument="metadata_options.http_tokens",
    )


def remedy(template: Resource, _options: Options) -> Block:
    """The metadata options with tokens required."""
    return {"metadataOptions": {**block(template.props, "metadataOptions"), "httpTokens": "required"}}


RULE = ResourceRule(
    id="lt-imdsv2",
    title="IMDSv2 only",
    description="Whatever launches instances must require session tokens of the instance metadata service.",
    why=(
        "Without tokens a forged request from inside, such as a rendered URL, can read the role's "
        "credentials."
    ),
    fix='Set metadata_options.http_tokens to "required".',
    severity=Severity.HIGH,
    references=("EC2.8", "EC2.170", "CKV_AWS_79", "AutoScaling.3"),
    topics=("security", "launch-template"),
    applies_to=types.MACHINES,
    findings=findings,
    remedy=lambda template, options: remedy(template, options) if any(findings(template, options)) else None,
    compliant=(
        Resource(
            type="aws:ec2/launchTemplate:LaunchTemplate",
            name="worker",
            props={"metadataOptions": {"httpTokens": "required"}},
        ),
    ),
    violating=(
        Resource(
            type="aws:ec2/launchTemplate:LaunchTemplate",
            name="worker",
            props={"metadataOptions": {"httpTokens": "optional"}},
        ),
    ),
)
