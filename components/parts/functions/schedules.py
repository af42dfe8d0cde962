"""Builds the one-minute schedule of a function and the role that lets it call."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from pulumi_aws import iam, lambda_, scheduler

from components.naming import Naming
from components.parts.functions.functions import role_name
from components.permissions import Statement, document, trust

# The schedule does not retry a failed delivery, because it runs again in a minute. It delivers events to
# Lambda's own queue, and Lambda retries failed invocations twice; then they are dead letters (Lambda
# developer guide, "How Lambda handles errors and retries with asynchronous invocation").
RETRIES = 0
# The least that there is (EventBridge Scheduler API, "RetryPolicy"); without retries it bounds nothing.
EVENT_AGE_SECONDS = 60
NAME_LIMIT = 64


@dataclass(frozen=True, kw_only=True)
class ScheduleArgs:
    """The function to invoke every minute."""

    naming: Naming
    component: str
    function_name: str
    function: lambda_.Function
    fleet: str | None = None


def build_minute_schedule(name: str, args: ScheduleArgs, parent: pulumi.Resource) -> None:
    """Build the schedule as a child of the component that owns the function."""
    inside = pulumi.ResourceOptions(parent=parent)
    role = iam.Role(
        f"{name}-schedule",
        name=role_name(args.naming, f"{args.component}-schedule", args.fleet),
        description=f"Lets the schedule of {args.function_name} call it.",
        assume_role_policy=trust("scheduler.amazonaws.com", args.naming.account_id),
        permissions_boundary=args.naming.boundary,
        tags=args.naming.tags(args.component, fleet=args.fleet),
        opts=inside,
    )
    function_arn = args.naming.arn("lambda", f"function:{args.function_name}")
    call = Statement(actions=["lambda:InvokeFunction"], resources=[function_arn])
    iam.RolePolicy(f"{name}-schedule", role=role.id, policy=document([call]), opts=inside)
    scheduler.Schedule(
        name,
        name=args.function_name,
        description=f"Wakes {args.function_name} every minute",
        schedule_expression="rate(1 minute)",
        flexible_time_window=scheduler.ScheduleFlexibleTimeWindowArgs(mode="OFF"),
        target=scheduler.ScheduleTargetArgs(
            arn=args.function.arn,
            role_arn=role.arn,
            retry_policy=scheduler.ScheduleTargetRetryPolicyArgs(
                maximum_event_age_in_seconds=EVENT_AGE_SECONDS, maximum_retry_attempts=RETRIES
            ),
        ),
        opts=inside,
    )
