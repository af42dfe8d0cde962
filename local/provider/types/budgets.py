"""Budgets with their notifications."""

from local.provider.types.aws import Aws
from local.provider.types.checks import one_of, required
from local.provider.types.props import Props
from local.provider.types.resource import (
    Change,
    Created,
    Existing,
    Outputs,
    ResourceType,
    Types,
    removed_tags,
    tag_list,
    tag_mapping,
)

UNITS = ("DAILY", "MONTHLY", "QUARTERLY", "ANNUALLY", "CUSTOM")
KINDS = ("COST", "USAGE", "RI_COVERAGE", "RI_UTILIZATION")
SENT = {
    "comparisonOperator": "ComparisonOperator",
    "notificationType": "NotificationType",
    "threshold": "Threshold",
    "thresholdType": "ThresholdType",
}


def _arn(aws: Aws, name: str) -> str:
    return f"arn:aws:budgets::{aws.account}:budget/{name}"


def _budget(new: Props) -> dict[str, object]:
    return {
        "BudgetName": new.text("name"),
        "BudgetType": new.text("budgetType"),
        "TimeUnit": new.text("timeUnit"),
        "BudgetLimit": {"Amount": new.text("limitAmount"), "Unit": new.text("limitUnit")},
    }


def _create(aws: Aws, new: Props) -> Created:
    name = new.text("name")
    aws.call("budgets", "create_budget", AccountId=aws.account, Budget=_budget(new))
    if tags := tag_list(new.mapping("tags")):
        aws.call("budgets", "tag_resource", ResourceARN=_arn(aws, name), ResourceTags=tags)
    _notify(aws, name, new)
    return Created(id=f"{aws.account}:{name}")


def _notify(aws: Aws, name: str, new: Props) -> None:
    for one in new.blocks("notifications"):
        aws.call(
            "budgets",
            "create_notification",
            AccountId=aws.account,
            BudgetName=name,
            Notification={theirs: one[ours] for ours, theirs in SENT.items()},
            Subscribers=[
                {"SubscriptionType": "EMAIL", "Address": address}
                for address in one.texts("subscriberEmailAddresses")
            ],
        )


def _read(aws: Aws, it: Existing) -> Outputs | None:
    name = it.id.partition(":")[2]
    of = {"AccountId": aws.account, "BudgetName": name}
    found = aws.call("budgets", "describe_budget", **of).block("Budget")
    limit = found.block("BudgetLimit")
    tags = aws.call("budgets", "list_tags_for_resource", ResourceARN=_arn(aws, name)).blocks("ResourceTags")
    return {
        "accountId": aws.account,
        "arn": _arn(aws, name),
        "name": name,
        "budgetType": found.text("BudgetType"),
        "timeUnit": found.text("TimeUnit"),
        "limitAmount": limit.text("Amount"),
        "limitUnit": limit.text("Unit"),
        "notifications": [_seen(aws, of, one) for one in _notifications(aws, of)],
        "tags": tag_mapping(tags),
    }


def _notifications(aws: Aws, of: dict[str, str]) -> list[Props]:
    return aws.pages("budgets", "describe_notifications_for_budget", "Notifications", **of)


def _seen(aws: Aws, of: dict[str, str], one: Props) -> Outputs:
    asked = "describe_subscribers_for_notification"
    subscribers = aws.pages("budgets", asked, "Subscribers", **of, Notification=one.raw)
    return {
        **{ours: one[theirs] for ours, theirs in SENT.items() if theirs in one},
        "subscriberEmailAddresses": [subscriber.text("Address") for subscriber in subscribers],
    }


def _update(aws: Aws, it: Existing, change: Change) -> None:
    name = it.state.text("name")
    of = {"AccountId": aws.account, "BudgetName": name}
    if change.touches("budgetType", "timeUnit", "limitAmount", "limitUnit"):
        aws.call("budgets", "update_budget", AccountId=aws.account, NewBudget=_budget(change.inputs))
    if change.touches("notifications"):
        for one in _notifications(aws, of):
            aws.call("budgets", "delete_notification", **of, Notification=one.raw)
        _notify(aws, name, change.inputs)
    if change.touches("tags"):
        if gone := removed_tags(it, change):
            aws.call("budgets", "untag_resource", ResourceARN=_arn(aws, name), ResourceTagKeys=gone)
        if tags := tag_list(change.inputs.mapping("tags")):
            aws.call("budgets", "tag_resource", ResourceARN=_arn(aws, name), ResourceTags=tags)


def _delete(aws: Aws, it: Existing) -> None:
    name = it.id.partition(":")[2]
    aws.call("budgets", "delete_budget", AccountId=aws.account, BudgetName=name)


TYPES: Types = {
    "aws:budgets/budget:Budget": ResourceType(
        create=_create,
        read=_read,
        update=_update,
        delete=_delete,
        checks=(
            required("budgetType", "timeUnit", "limitAmount", "limitUnit"),
            one_of("budgetType", KINDS),
            one_of("timeUnit", UNITS),
        ),
        autoname="name",
        name_limit=100,
    ),
}
