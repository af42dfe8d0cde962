"""A service has no public address and hands its tags to its tasks."""

from collections.abc import Iterator

from pulumi_policy import Severity

from guardrails.aws import types
from guardrails.options import Options
from guardrails.resources.resource import Resource
from guardrails.resources.values import Block, block, flag, in_turn, text
from guardrails.rule import Finding, ResourceRule

SOURCES = frozenset({"SERVICE", "TASK_DEFINITION"})


def findings(service: Resource, _options: Options) -> Iterator[Finding]:
    """A public address, tags that are not handed on, tags that ECS does not add."""
    yield from in_turn(_public(service), _propagated(service), _managed(service))


def _public(service: Resource) -> Iterator[Finding]:
    if flag(service.props, "networkConfiguration", "assignPublicIp"):
        yield Finding(
            observed="gives its tasks public addresses",
            expected="False",
            argument="network_configuration.assign_public_ip",
        )


def _propagated(service: Resource) -> Iterator[Finding]:
    if text(service.props, "propagateTags") not in SOURCES:
        yield Finding(observed="hands no tags to its tasks", expected='"SERVICE"', argument="propagate_tags")


def _managed(service: Resource) -> Iterator[Finding]:
    if flag(service.props, "enableEcsManagedTags") is not True:
        yield Finding(observed="has no ECS managed tags", expected="True", argument="enable_ecs_managed_tags")


def remedy(service: Resource, _options: Options) -> Block | None:
    """No public address, and both kinds of tags."""
    patch: Block = {}
    if any(_public(service)):
        patch["networkConfiguration"] = {
            **block(service.props, "networkConfiguration"),
            "assignPublicIp": False,
        }
    if any(_propagated(service)):
        patch["propagateTags"] = "SERVICE"
    if any(_managed(service)):
        patch["enableEcsManagedTags"] = True
    return patch


RULE = ResourceRule(
    id="ecs-service-private-tagged",
    title="Private, tagged tasks",
    description="An ECS service must give its tasks no public addresses, and its tags.",
    why="Tasks belong behind the load balancer; without tags their cost belongs to nobody.",
    fix='Set assign_public_ip to False, propagate_tags to "SERVICE" and enable_ecs_managed_tags to True.',
    severity=Severity.HIGH,
    references=("ECS.2", "CKV_AWS_333"),
    topics=("security", "tags", "ecs"),
    applies_to=types.SERVICES,
    findings=findings,
    remedy=remedy,
    compliant=(
        Resource(
            type="aws:ecs/service:Service",
            name="job-server",
            props={
                "networkConfiguration": {"assignPublicIp": False, "subnets": ["subnet-a"]},
                "propagateTags": "SERVICE",
                "enableEcsManagedTags": True,
            },
        ),
    ),
    violating=(
        Resource(
            type="aws:ecs/service:Service",
            name="job-server",
            props={"networkConfiguration": {"assignPublicIp": True, "subnets": ["subnet-a"]}},
        ),
    ),
)
