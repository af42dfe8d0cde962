"""A cluster measures its tasks and records who opened a shell in one."""

from collections.abc import Iterator

from pulumi_policy import Severity

from guardrails.aws import types
from guardrails.options import Options
from guardrails.resources.resource import Resource
from guardrails.resources.values import Block, Value, any_of, block, in_turn, items, text
from guardrails.rule import Finding, ResourceRule

INSIGHTS = frozenset({"enabled", "enhanced"})
# What is not stated is DEFAULT: the commands go where the containers log (ECS API reference).
LOGGED = frozenset({"", "DEFAULT", "OVERRIDE"})


def findings(cluster: Resource, _options: Options) -> Iterator[Finding]:
    """No container insights, or shells that leave no trace."""
    yield from in_turn(_unmeasured(cluster), _unrecorded(cluster))


def _unmeasured(cluster: Resource) -> Iterator[Finding]:
    settings = items(cluster.props, "settings")
    if not any_of(settings, lambda setting: _is_insights(setting) and text(setting, "value") in INSIGHTS):
        yield Finding(
            observed="has no container insights", expected='"enabled" or "enhanced"', argument="settings"
        )


def _is_insights(setting: Value) -> bool:
    return text(setting, "name").lower() == "containerinsights"


def _unrecorded(cluster: Resource) -> Iterator[Finding]:
    if text(cluster.props, "configuration", "executeCommandConfiguration", "logging") not in LOGGED:
        yield Finding(
            observed="keeps no record of shells opened in its tasks",
            expected='"DEFAULT" or "OVERRIDE"',
            argument="configuration.execute_command_configuration.logging",
        )


def remedy(cluster: Resource, _options: Options) -> Block | None:
    """Insights on, shells recorded."""
    patch: Block = {}
    if any(_unmeasured(cluster)):
        others = [setting for setting in items(cluster.props, "settings") if not _is_insights(setting)]
        patch["settings"] = [*others, {"name": "containerInsights", "value": "enabled"}]
    if any(_unrecorded(cluster)):
        configuration = block(cluster.props, "configuration")
        execute = {**block(configuration, "executeCommandConfiguration"), "logging": "DEFAULT"}
        patch["configuration"] = {**configuration, "executeCommandConfiguration": execute}
    return patch


RULE = ResourceRule(
    id="ecs-insights-exec-logs",
    title="Insights and exec logs",
    description="An ECS cluster should have container insights and record the commands run in its tasks.",
    why="Without insights nobody sees a task run out of memory; without logs nobody sees who was inside.",
    fix='Add the setting containerInsights, and take logging="NONE" out of execute_command_configuration.',
    severity=Severity.LOW,
    references=("ECS.12", "CKV_AWS_65", "CKV_AWS_223", "ECS4"),
    topics=("observability", "ecs"),
    applies_to=types.CLUSTERS,
    findings=findings,
    remedy=remedy,
    compliant=(
        Resource(
            type="aws:ecs/cluster:Cluster",
            name="main",
            props={
                "settings": [{"name": "containerInsights", "value": "enabled"}],
                "configuration": {"executeCommandConfiguration": {"logging": "DEFAULT"}},
            },
        ),
    ),
    violating=(
        Resource(
            type="aws:ecs/cluster:Cluster",
            name="main",
            props={"settings": [{"name": "containerInsights", "value": "disabled"}]},
        ),
    ),
)
