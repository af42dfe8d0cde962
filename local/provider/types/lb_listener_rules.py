"""Rules of listeners: what becomes of the requests that meet their conditions."""

from collections.abc import Iterator

from local.provider.types.aws import Aws
from local.provider.types.checks import between, required
from local.provider.types.lb import seen_tags, set_tags
from local.provider.types.lb_listeners import actions_are_whole, actions_seen, actions_sent
from local.provider.types.props import Props
from local.provider.types.resource import (
    Change,
    CheckFailure,
    Created,
    Existing,
    Outputs,
    ResourceType,
    Types,
    tag_list,
)

FIELDS = {"hostHeader": "host-header", "pathPattern": "path-pattern", "sourceIp": "source-ip"}
"""The conditions that hold a list of values, by their names in Pulumi and in the API."""

MOST_VALUES = 3
"""Of one condition (user guide, "Condition types for listener rules")."""


def _create(aws: Aws, new: Props) -> Created:
    answer = aws.call(
        "elbv2",
        "create_rule",
        ListenerArn=new.text("listenerArn"),
        Priority=new.number("priority"),
        Tags=tag_list(new.mapping("tags")),
        **_settings(new),
    )
    return Created(id=answer.blocks("Rules")[0].text("RuleArn"))


def _settings(new: Props) -> dict[str, object]:
    return {
        "Conditions": [
            {
                "Field": field,
                f"{name[0].upper()}{name[1:]}Config": {"Values": block.block(name).texts("values")},
            }
            for block in new.blocks("conditions")
            for name, field in FIELDS.items()
            if block.has(name)
        ],
        "Actions": actions_sent(new.blocks("actions")),
    }


def _read(aws: Aws, it: Existing) -> Outputs | None:
    found = aws.call("elbv2", "describe_rules", RuleArns=[it.id]).blocks("Rules")
    if not found:
        return None
    rule = found[0]
    return {
        "arn": it.id,
        # The ARN of a rule is that of its listener and one more part.
        "listenerArn": it.id.rpartition("/")[0].replace(":listener-rule/", ":listener/"),
        "priority": rule.number("Priority"),
        "conditions": [_seen(block) for block in rule.blocks("Conditions")],
        "actions": actions_seen(rule.blocks("Actions")),
        "tags": seen_tags(aws, it.id),
    }


def _seen(condition: Props) -> dict[str, object]:
    ours = {field: name for name, field in FIELDS.items()}[condition.text("Field")]
    return {ours: {"values": condition.block(f"{ours[0].upper()}{ours[1:]}Config").texts("Values")}}


def _update(aws: Aws, it: Existing, change: Change) -> None:
    if change.touches("priority"):
        priorities = [{"RuleArn": it.id, "Priority": change.inputs.number("priority")}]
        aws.call("elbv2", "set_rule_priorities", RulePriorities=priorities)
    if change.touches("conditions", "actions"):
        aws.call("elbv2", "modify_rule", RuleArn=it.id, **_settings(change.inputs))
    if change.touches("tags"):
        set_tags(aws, it, change)


def _delete(aws: Aws, it: Existing) -> None:
    aws.call("elbv2", "delete_rule", RuleArn=it.id)


def _conditions_are_known(inputs: Props) -> Iterator[CheckFailure]:
    for block in inputs.blocks("conditions"):
        if unknown := sorted(set(block) - set(FIELDS)):
            reason = f"{', '.join(unknown)} is not emulated; use one of {', '.join(FIELDS)}"
            yield CheckFailure(property="conditions", reason=reason)
        for name in FIELDS:
            values = block.block(name).texts("values")
            if block.has(name) and not 1 <= len(values) <= MOST_VALUES:
                reason = f"{name} has {len(values)} values; 1 to {MOST_VALUES} are allowed"
                yield CheckFailure(property="conditions", reason=reason)


TYPES: Types = {
    "aws:lb/listenerRule:ListenerRule": ResourceType(
        create=_create,
        read=_read,
        update=_update,
        delete=_delete,
        checks=(
            required("listenerArn", "priority", "conditions", "actions"),
            between("priority", 1, 50_000),
            actions_are_whole,
            _conditions_are_known,
        ),
    ),
}
