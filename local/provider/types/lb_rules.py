"""Listener rules: what a balancer does with the requests that meet a condition."""

from local.provider.types.aws import Aws
from local.provider.types.checks import between, required
from local.provider.types.lb import seen_tags, set_tags
from local.provider.types.lb_listeners import actions_are_whole, actions_seen, actions_sent
from local.provider.types.props import Props
from local.provider.types.resource import Backed, Change, Created, Existing, Outputs, Types, tag_list
from local.provider.types.spelling import camel, pascal

CONDITIONS = {
    "hostHeader": ("host-header", "HostHeaderConfig"),
    "httpHeader": ("http-header", "HttpHeaderConfig"),
    "httpRequestMethod": ("http-request-method", "HttpRequestMethodConfig"),
    "pathPattern": ("path-pattern", "PathPatternConfig"),
    "sourceIp": ("source-ip", "SourceIpConfig"),
}


def _conditions_sent(blocks: list[Props]) -> list[dict[str, object]]:
    sent: list[dict[str, object]] = []
    for block in blocks:
        for ours, (field, config) in CONDITIONS.items():
            if block.has(ours):
                sent.append({"Field": field, config: pascal(dict(block.block(ours)))})
        if pairs := block.items_of("queryStrings"):
            sent.append({"Field": "query-string", "QueryStringConfig": {"Values": pascal(pairs)}})
    return sent


def _conditions_seen(blocks: list[Props]) -> list[dict[str, object]]:
    seen: list[dict[str, object]] = []
    for block in blocks:
        field = block.text("Field")
        if field == "query-string":
            seen.append({"queryStrings": camel(block.block("QueryStringConfig").items_of("Values"))})
        for ours, (theirs, config) in CONDITIONS.items():
            if field == theirs:
                seen.append({ours: camel(dict(block.block(config)))})
    return seen


def _create(aws: Aws, new: Props) -> Created:
    listener = new.text("listenerArn")
    answer = aws.call(
        "elbv2",
        "create_rule",
        ListenerArn=listener,
        Priority=new.maybe_number("priority") or _next_priority(aws, listener),
        Conditions=_conditions_sent(new.blocks("conditions")),
        Actions=actions_sent(new.blocks("actions")),
        Tags=tag_list(new.mapping("tags")),
    )
    return Created(id=answer.blocks("Rules")[0].text("RuleArn"))


def _next_priority(aws: Aws, listener: str) -> int:
    rules = aws.pages("elbv2", "describe_rules", "Rules", ListenerArn=listener)
    taken = [rule.text("Priority") for rule in rules]
    return max((int(number) for number in taken if number.isdigit()), default=0) + 1


def _read(aws: Aws, it: Existing) -> Outputs | None:
    found = aws.call("elbv2", "describe_rules", RuleArns=[it.id]).blocks("Rules")
    if not found:
        return None
    rule = found[0]
    return {
        "arn": it.id,
        "listenerArn": _listener_of(it.id),
        "priority": rule.number("Priority"),
        "conditions": _conditions_seen(rule.blocks("Conditions")),
        "actions": actions_seen(rule.blocks("Actions")),
        "tags": seen_tags(aws, it.id),
    }


def _listener_of(rule: str) -> str:
    return rule.rsplit("/", 1)[0].replace(":listener-rule/", ":listener/")


def _update(aws: Aws, it: Existing, change: Change) -> None:
    new = change.inputs
    if change.touches("priority"):
        priority = {"RuleArn": it.id, "Priority": new.number("priority")}
        aws.call("elbv2", "set_rule_priorities", RulePriorities=[priority])
    if change.touches("actions", "conditions"):
        aws.call(
            "elbv2",
            "modify_rule",
            RuleArn=it.id,
            Conditions=_conditions_sent(new.blocks("conditions")),
            Actions=actions_sent(new.blocks("actions")),
        )
    if change.touches("tags"):
        set_tags(aws, it, change)


def _delete(aws: Aws, it: Existing) -> None:
    aws.call("elbv2", "delete_rule", RuleArn=it.id)


TYPES: Types = {
    "aws:lb/listenerRule:ListenerRule": Backed(
        create=_create,
        read=_read,
        update=_update,
        delete=_delete,
        replace_on=frozenset({"listenerArn"}),
        checks=(
            required("listenerArn", "actions", "conditions"),
            between("priority", 1, 50_000),
            actions_are_whole,
        ),
    ),
}
