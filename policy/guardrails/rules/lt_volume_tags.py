"""The volumes that are made with an instance carry tags."""

from collections.abc import Iterable, Iterator
from functools import partial

from pulumi_policy import Severity

from guardrails.aws import types
from guardrails.aws.machines import is_template, volumes
from guardrails.aws.tags import FILL_IN, REQUIRED_KEYS, lacking, specification_findings, specification_remedy
from guardrails.options import Options
from guardrails.resources.resource import Resource
from guardrails.resources.values import Block, Value, block
from guardrails.rule import Finding, ResourceRule

KIND = "volume"


def findings(template: Resource, options: Options) -> Iterable[Finding]:
    """What the tag specification lacks."""
    if is_template(template):
        return specification_findings(template, KIND, options.texts("keys"))
    return _of_instance(template, options.texts("keys"))


def _of_instance(instance: Resource, keys: tuple[str, ...]) -> Iterator[Finding]:
    """The volumes of a single instance are tagged together, or each by itself."""
    together = partial(_tags, instance.props, "volumeTags")
    for argument, device, volume in volumes(instance):
        own = [partial(_tags, volume, key) for key in ("tags", "tagsAll")]
        absent = lacking([together, *own], keys)
        if absent:
            yield Finding(
                observed=f"the volume {device} lacks the tags {', '.join(absent)}",
                expected=f"{', '.join(keys)} with values on every volume",
                argument=f"volume_tags, or tags of {argument}",
            )


def _tags(holder: Value, key: str) -> Block:
    return block(holder, key)


def remedy(template: Resource, options: Options) -> Block | None:
    """The tag specification with missing tags filled in."""
    return specification_remedy(template, KIND, options) if is_template(template) else None


RULE = ResourceRule(
    id="lt-volume-tags",
    title="Volume tags in the launch template",
    description="Launch templates and instances must give their volumes the required tags.",
    why="Neither a group's tags nor an instance's own ever reach its volumes.",
    fix='Add a tag specification of "volume" to the template, or volume_tags to the instance.',
    severity=Severity.MEDIUM,
    topics=("tags", "launch-template"),
    applies_to=types.LAUNCH_TEMPLATES | types.INSTANCES,
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
