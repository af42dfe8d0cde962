"""The budget that says when the account costs more than was meant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import budgets

from bootstrap.names import BUDGET_LIMIT, Names

# Percent of the budget: spent, and expected by the end of the month.
SPENT_PERCENT, FORECAST_PERCENT = 80, 100


@dataclass(frozen=True, kw_only=True)
class BudgetAlarmArgs:
    """How much in a month, and who hears of it."""

    names: Names
    monthly_usd: int
    emails: Sequence[str]


class BudgetAlarm(pulumi.ComponentResource):
    """Owns the budget; it warns and stops nothing."""

    def __init__(self, name: str, args: BudgetAlarmArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("clip-it:bootstrap:BudgetAlarm", name, None, opts)
        self.budget = budgets.Budget(
            name,
            name=args.names.own.across_regions("month", limit=BUDGET_LIMIT),
            budget_type="COST",
            time_unit="MONTHLY",
            limit_amount=str(args.monthly_usd),
            limit_unit="USD",
            notifications=[
                budgets.BudgetNotificationArgs(
                    comparison_operator="GREATER_THAN",
                    notification_type=kind,
                    threshold=percent,
                    threshold_type="PERCENTAGE",
                    subscriber_email_addresses=list(args.emails),
                )
                for kind, percent in (("ACTUAL", SPENT_PERCENT), ("FORECASTED", FORECAST_PERCENT))
            ],
            tags=args.names.tags(),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({"budget": self.budget.name})
