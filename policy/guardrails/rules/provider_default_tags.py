"""Explicit providers tag whatever they make."""

from collections.abc import Iterator

from pulumi_policy import Severity

from guardrails.aws import types
from guardrails.aws.tags import REQUIRED_KEYS, lacking
from guardrails.options import Options
from guardrails.resources.documents import parsed
from guardrails.resources.resource import Resource
from guardrails.resources.values import block
from guardrails.rule import Finding, ResourceRule


def findings(provider: Resource, options: Options) -> Iterator[Finding]:
    """The required keys that an explicit provider does not add."""
    if _made_by_engine(provider):
        return
    stated = block(parsed(provider.props, "defaultTags"))
    tags = block(parsed(stated, "tags"))
    absent = lacking([lambda: tags], options.texts("keys"))
    if absent:
        yield Finding(
            observed=f"has no default tags for {', '.join(absent)}",
            expected=f"{', '.join(options.texts('keys'))} with values",
            argument="default_tags.tags",
        )


def _made_by_engine(provider: Resource) -> bool:
    return provider.name == "default" or provider.name.startswith("default_")


RULE = ResourceRule(
    id="provider-default-tags",
    title="Default tags of providers",
    description="An explicit AWS provider must carry the required tags as default tags.",
    why="They reach resources that a program forgot to tag.",
    fix="Pass default_tags with the required tags to the provider.",
    severity=Severity.MEDIUM,
    topics=("tags", "providers"),
    applies_to=types.PROVIDERS,
    options=(REQUIRED_KEYS,),
    findings=findings,
    compliant=(
        Resource(
            type="pulumi:providers:aws",
            name="eu",
            props={
                "defaultTags": '{"tags": {"Project": "clip-it", "Environment": "dev", "Component": "network",'
                ' "Owner": "video", "ManagedBy": "pulumi"}}'
            },
        ),
    ),
    violating=(Resource(type="pulumi:providers:aws", name="eu", props={"region": "eu-central-1"}),),
)
