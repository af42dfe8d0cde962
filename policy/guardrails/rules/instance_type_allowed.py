"""Only instance families that were agreed on are launched."""

from collections.abc import Iterator

from pulumi_policy import Severity

from guardrails.aws import types
from guardrails.aws.groups import FAMILIES, overrides, unlisted_types
from guardrails.options import Options
from guardrails.resources.resource import Resource
from guardrails.resources.values import Value, each
from guardrails.rule import Finding, ResourceRule


def findings(resource: Resource, options: Options) -> Iterator[Finding]:
    """Each instance type, in the template or among the overrides, outside the families."""
    if resource.type in types.MACHINES:
        yield from _foreign(resource.props, "instance_type", options)
        return
    wishes = enumerate(overrides(resource))
    argument = "mixed_instances_policy.launch_template.overrides"
    yield from each(wishes, lambda wish: _foreign(wish[1], f"{argument}[{wish[0]}].instance_type", options))


def _foreign(holder: Value, argument: str, options: Options) -> Iterator[Finding]:
    for instance_type in unlisted_types(holder, options.texts("families")):
        yield Finding(
            observed="allows any instance type" if instance_type == "*" else f"allows {instance_type}",
            expected=f"one of the families {', '.join(options.texts('families'))}",
            argument=argument,
        )


RULE = ResourceRule(
    id="instance-type-allowed",
    title="Instance families",
    description="Instances, templates and groups must use instance families that the stack allows.",
    why="One override with the wrong GPU family costs more in an hour than the fleet in a day.",
    fix="Choose another instance type, or extend the families in the level file with a reviewed change.",
    severity=Severity.MEDIUM,
    topics=("cost", "auto-scaling", "launch-template"),
    applies_to=types.MACHINES | types.GROUPS,
    options=(FAMILIES,),
    findings=findings,
    compliant=(
        Resource(
            type="aws:ec2/launchTemplate:LaunchTemplate", name="worker", props={"instanceType": "c7i.2xlarge"}
        ),
    ),
    violating=(
        Resource(
            type="aws:ec2/launchTemplate:LaunchTemplate", name="worker", props={"instanceType": "p5.48xlarge"}
        ),
    ),
)
