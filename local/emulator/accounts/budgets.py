"""Budgets that change: moto makes, shows and deletes them, and has neither updates, subscribers nor tags."""

from typing import Any

from moto.budgets.models import Budget
from moto.budgets.responses import BudgetsResponse

from local.emulator.registering import Request, Result, answer, failure


def _budget(request: Request, name: str) -> Any:
    found = request.backend.budgets[request._get_param("AccountId")].get(name)
    if found is None:
        raise failure("NotFoundException", f"there is no budget {name}")
    return found


def _update_budget(request: Request) -> Result:
    wanted = request._get_param("NewBudget")
    before = _budget(request, wanted["BudgetName"])
    changed = Budget({**before.budget, **wanted}, [])
    changed.notifications, changed.resource_tags = before.notifications, _tags(before)
    request.backend.budgets[request._get_param("AccountId")][wanted["BudgetName"]] = changed
    return {}


def _subscribers(request: Request) -> Result:
    wanted = request._get_param("Notification")
    budget = _budget(request, request._get_param("BudgetName"))
    found = [one.subscribers for one in budget.notifications if one.details.items() >= wanted.items()]
    return {"Subscribers": found[0] if found else []}


def _tags(budget: Any) -> dict[str, str]:
    return dict(getattr(budget, "resource_tags", {}))


def _by_arn(request: Request) -> Any:
    arn = request._get_param("ResourceARN")
    account, name = arn.split(":")[4], arn.rpartition("budget/")[2]
    found = request.backend.budgets[account].get(name)
    if found is None:
        raise failure("NotFoundException", f"there is no budget {arn}")
    return found


def _tag(request: Request) -> Result:
    budget = _by_arn(request)
    given = {tag["Key"]: tag["Value"] for tag in request._get_param("ResourceTags")}
    budget.resource_tags = {**_tags(budget), **given}
    return {}


def _untag(request: Request) -> Result:
    budget, gone = _by_arn(request), request._get_param("ResourceTagKeys")
    budget.resource_tags = {key: value for key, value in _tags(budget).items() if key not in gone}
    return {}


def _list_tags(request: Request) -> Result:
    tags = _tags(_by_arn(request))
    return {"ResourceTags": [{"Key": key, "Value": value} for key, value in tags.items()]}


def install() -> None:
    """Register these answers."""
    answer(
        BudgetsResponse,
        update_budget=_update_budget,
        describe_subscribers_for_notification=_subscribers,
        tag_resource=_tag,
        untag_resource=_untag,
        list_tags_for_resource=_list_tags,
    )
