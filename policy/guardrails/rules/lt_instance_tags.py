"""A launch template tags the instances that it makes."""

from collections.abc import Iterable

from pulumi_policy import Severity

from guardrails.aws import types
from guardrails.aws.tags import FILL_IN, REQUIRED_KEYS, specification_findings, specification_remedy
from guardrails.options import Options
from guardrails.resources.resource import Resource
from guardrails.resources.values import Block
from guardrails.rule import Finding, ResourceRule

KIND = "instance"


def findings(template: Resource, options: Options) -> Iterable[Finding]:
    """What the tag specification lacks."""
    return specification_findings(template, KIND, options.texts("keys"))


def remedy(template: Resource, options: Options) -> Block | None:
    """The tag specification with missing tags filled in."""
    return specification_remedy(template, KIND, options)


RULE = ResourceRule(
    id="lt-instance-tags",
    title="Instance tags in the launch template",
    description="A launch template must have a tag specification for instances with the required tags.",
    why="Default tags do not reach what a group launches; SSM targets and cost reports would miss it.",
    fix='Add a tag specification with resource_type "instance" and the required tags to the launch template.',
    severity=Severity.HIGH,
    topics=("tags", "launch-template"),
    applies_to=types.LAUNCH_TEMPLATES,
    options=(REQUIRED_KEYS, FILL_IN),
    findings=findings,
    remedy=remedy,
    compliant=(
        Resource(
            type="aws:ec2/launchTemplate:LaunchTemplate",
            name="worker",
            props={
                "tagSpecifications": [
                    {
                        "resourceType": KIND,
                        "tags": {
                            "Project": "clip-it",
                            "Environment": "dev",
                            "Component": "render-fleet",
                            "Owner": "video",
                            "ManagedBy": "pulumi",
                        },
                    }
                ]
            },
        ),
    ),
    violating=(
        Resource(
            type="aws:ec2/launchTemplate:LaunchTemplate",
            name="worker",
            props={"tagSpecifications": [{"resourceType": KIND, "tags": {"Project": "clip-it"}}]},
        ),
    ),
)
