"""Budgets, against moto."""

import pytest

BUDGET = "aws:budgets/budget:Budget"


def notification(percent, *addresses):
    return {
        "comparisonOperator": "GREATER_THAN",
        "notificationType": "ACTUAL",
        "threshold": percent,
        "thresholdType": "PERCENTAGE",
        "subscriberEmailAddresses": list(addresses),
    }


GIVEN = {
    "name": "month",
    "budgetType": "COST",
    "timeUnit": "MONTHLY",
    "limitAmount": "250",
    "limitUnit": "USD",
    "notifications": [notification(80.0, "a@example.com")],
    "tags": {"Project": "p"},
}


def test_a_budget_changes_its_limit_its_notifications_and_its_tags_and_goes_away(stack):
    budget = stack.create(BUDGET, GIVEN)
    assert budget.outputs["arn"] == "arn:aws:budgets::123456789012:budget/month"
    budget = stack.update(budget, limitAmount="300")
    budget = stack.update(budget, notifications=[notification(90.0, "a@example.com", "b@example.com")])
    budget = stack.update(budget, tags={"Owner": "o"})
    assert stack.replaces(budget, name="year")
    stack.delete(budget)


def test_a_limit_changed_by_hand_is_drift_and_keeps_notifications_and_tags(stack):
    budget = stack.create(BUDGET, GIVEN)
    raised = {
        "BudgetName": "month",
        "BudgetType": "COST",
        "TimeUnit": "MONTHLY",
        "BudgetLimit": {"Amount": "9000", "Unit": "USD"},
    }
    stack.aws.call("budgets", "update_budget", AccountId="123456789012", NewBudget=raised)
    assert stack.drift(budget) == {"limitAmount": "9000"}


@pytest.mark.parametrize("key", ["budgetType", "timeUnit"])
def test_what_is_no_kind_of_budget_is_refused(stack, key):
    assert "not allowed" in stack.refusals(BUDGET, {**GIVEN, key: "OTHER"})[key]
