"""Metadata answers do not travel further than they must."""

from collections.abc import Iterator

from pulumi_policy import Severity

from guardrails.aws import types
from guardrails.options import Option, Options
from guardrails.resources.resource import Resource
from guardrails.resources.values import Block, block, number
from guardrails.rule import Finding, ResourceRule

OPTIONS = (Option(name="maximum", default=1, description="The highest hop limit; container hosts need 2."),)


def findings(template: Resource, options: Options) -> Iterator[Finding]:
    """A hop limit above the configured one; the API's own default is 1."""
    hops = number(template.props, "metadataOptions", "httpPutResponseHopLimit")
    if hops is not None and hops > options.number("maximum"):
        yield Finding(
            observed=f"metadata answers may travel {hops:g} hops",
            expected=f"at most {options.number('maximum'):g}",
            argument="metadata_options.http_put_response_hop_limit",
        )


def remedy(template: Resource, options: Options) -> Block | None:
    """The metadata options with the highest allowed limit."""
    if not any(findings(template, options)):
        return None
    kept = block(template.props, "metadataOptions")
    return {"metadataOptions": {**kept, "httpPutResponseHopLimit": options.number("maximum")}}


RULE = ResourceRule(
    id="lt-imds-hop-limit",
    title="Metadata hop limit",
    description="Whatever launches instances must keep the hop limit of metadata answers low.",
    why="Each hop lets one more layer, such as a container on the instance, read the role's credentials.",
    fix="Set metadata_options.http_put_response_hop_limit to 1, or 2 on a container host.",
    severity=Severity.MEDIUM,
    references=("CKV_AWS_341", "AutoScaling.4"),
    topics=("security", "launch-template"),
    applies_to=types.MACHINES,
    options=OPTIONS,
    findings=findings,
    remedy=remedy,
    compliant=(
        Resource(
            type="aws:ec2/launchTemplate:LaunchTemplate",
            name="worker",
            props={"metadataOptions": {"httpPutResponseHopLimit": 1}},
        ),
    ),
    violating=(
        Resource(
            type="aws:ec2/launchTemplate:LaunchTemplate",
            name="worker",
            props={"metadataOptions": {"httpPutResponseHopLimit": 3}},
        ),
    ),
)
