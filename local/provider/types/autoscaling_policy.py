"""The mixed instances policy of an Auto Scaling group, in Pulumi's shape and in the API's."""

from local.provider.types.props import Props
from local.provider.types.spelling import camel, chosen


def mixed_instances(inputs: Props) -> dict[str, object]:
    """The API's policy; empty when the program gives none."""
    policy = inputs.block("mixedInstancesPolicy")
    if not policy:
        return {}
    templates = policy.block("launchTemplate")
    parts = chosen(templates, "launchTemplateSpecification", "overrides")
    distribution = chosen(policy, "instancesDistribution").get("InstancesDistribution")
    return {"LaunchTemplate": parts, **({"InstancesDistribution": distribution} if distribution else {})}


def mixed_instances_seen(group: Props) -> dict[str, object] | None:
    """Pulumi's policy of what the API says of a group."""
    policy = group.block("MixedInstancesPolicy")
    if not policy:
        return None
    shown = camel(policy.raw)
    return shown if isinstance(shown, dict) else None
