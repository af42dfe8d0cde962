"""The alarms: for each its metric, its threshold and its runbook. Knows no resources.

To add an alarm, add it here and its runbook, named like its `kind`, to docs/runbooks. A metric of our own is
sent by handlers/scaler/metrics.py; tests/contracts/test_metrics.py proves that the names agree.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi

from components.naming import Naming
from components.naming.alarm_names import label, rule_name
from components.parts.observability.event_alarms import EventAlarm, deployment_failed, refresh_stopped
from components.parts.observability.watched import Watched, WatchedFleet, WatchedFunction, WatchedServer

# The scaler sends these with each decision; FunctionSilent rings when it does not run.
OURS, OLDEST_WAIT, OPEN_BREAKERS = "ClipIt", "OldestQueuedJobAge", "OpenBreakers"
# Alarms of a fleet that end an instance refresh: the new instances may be what is wrong.
STOP_REFRESH = ("RenderDeadLetters", "RenderWaitsTooLong")
# Reads of a stream may be throttled when more than two read it (DynamoDB developer guide, "Quotas").
LAG_SECONDS = 30


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """One alarm; `kind` names its runbook, `subject` distinguishes alarms of one kind."""

    kind: str
    says: str
    namespace: str
    metric: str
    dimensions: Mapping[str, pulumi.Input[str]]
    statistic: str = "Maximum"
    threshold: float = 0
    period_seconds: int = 60
    periods: int = 1
    missing: str = "notBreaching"
    comparison: str = "GreaterThanThreshold"
    subject: str = field(default="")


def all_events(watched: Watched) -> list[EventAlarm]:
    """Every event of a deployment that rings."""
    return [
        deployment_failed(watched.server.service_arn),
        *(refresh_stopped(fleet, queues.group) for fleet, queues in watched.fleets.items()),
    ]


def undelivered(naming: Naming, event: EventAlarm) -> Alarm:
    """EventBridge could not tell the topic of an event; CloudWatch can, by a permission of its own."""
    subject = label(event.kind, event.subject)
    return Alarm(
        kind="EventsUndelivered",
        subject=subject,
        says=f"{subject}: EventBridge could not deliver an event to the alarm topic",
        namespace="AWS/Events",
        metric="FailedInvocations",
        dimensions={"RuleName": rule_name(naming, event.kind, event.subject)},
        statistic="Sum",
    )


def all_alarms(watched: Watched, queue_age_seconds: int) -> list[Alarm]:
    """Every alarm of a deployment."""
    return [
        *(alarm for function in watched.functions for alarm in of_function(function)),
        *(
            alarm
            for fleet, queues in watched.fleets.items()
            for alarm in of_fleet(watched.environment, fleet, queues, queue_age_seconds)
        ),
        *of_server(watched.server),
        dead_letters("WebhookDeadLetters", "webhooks", watched.webhook_dead_letters),
    ]


def of_function(function: WatchedFunction) -> list[Alarm]:
    """Errors, events given up, a lagging stream, and a schedule that no longer invokes the function."""
    subject = "-".join(part for part in (function.fleet, function.component) if part)
    name = {"FunctionName": function.name}
    alarms = [
        Alarm(
            kind="FunctionErrors",
            subject=subject,
            says=f"{subject}: invocations have failed in three minutes out of three",
            namespace="AWS/Lambda",
            metric="Errors",
            dimensions=name,
            statistic="Sum",
            periods=3,
        ),
        dead_letters("FunctionDeadLetters", subject, function.dead_letters),
    ]
    if function.every_minute:
        alarms.append(
            Alarm(
                kind="FunctionSilent",
                subject=subject,
                says=f"{subject}: not invoked for five minutes although a schedule calls it every minute",
                namespace="AWS/Lambda",
                metric="Invocations",
                dimensions=name,
                statistic="Sum",
                threshold=1,
                period_seconds=300,
                missing="breaching",
                comparison="LessThanThreshold",
            )
        )
    if function.reads_stream:
        alarms.append(
            Alarm(
                kind="FunctionLags",
                subject=subject,
                says=f"{subject}: changes to the table reach it more than {LAG_SECONDS} s late",
                namespace="AWS/Lambda",
                metric="IteratorAge",
                dimensions=name,
                threshold=LAG_SECONDS * 1000,
                periods=3,
            )
        )
    return alarms


def of_fleet(environment: str, fleet: str, watched: WatchedFleet, queue_age_seconds: int) -> list[Alarm]:
    """Renders given up, renders that wait too long, and a scaler with an open breaker.

    The age that SQS measures would include the rendering, because a message stays in its queue until then.
    """
    return [
        dead_letters("RenderDeadLetters", fleet, watched.dead_letters),
        Alarm(
            kind="RenderWaitsTooLong",
            subject=fleet,
            says=f"{fleet}: the oldest render has waited for more than {queue_age_seconds} s",
            namespace=OURS,
            metric=OLDEST_WAIT,
            dimensions=of_scaler(environment, fleet),
            threshold=queue_age_seconds,
            periods=3,
        ),
        Alarm(
            kind="ScalerBreakerOpen",
            subject=fleet,
            says=f"{fleet}: launches are not fulfilled, spot is out of stock or too much was replaced",
            namespace=OURS,
            metric=OPEN_BREAKERS,
            dimensions=of_scaler(environment, fleet),
        ),
    ]


def of_scaler(environment: str, fleet: str) -> dict[str, str]:
    """The dimensions of the scaler's metrics."""
    return {"service": "scaler", "environment": environment, "fleet": fleet}


def of_server(watched: WatchedServer) -> list[Alarm]:
    """No healthy targets, some unhealthy targets, errors from the API, and errors from the balancer."""
    balancer = {"LoadBalancer": watched.balancer}
    return [
        Alarm(
            kind="ApiWithoutHosts",
            says="no task of the API is healthy",
            namespace="AWS/ApplicationELB",
            metric="HealthyHostCount",
            dimensions={**balancer, "TargetGroup": watched.target_group},
            threshold=1,
            periods=3,
            missing="breaching",
            comparison="LessThanThreshold",
        ),
        Alarm(
            kind="ApiUnhealthyHosts",
            says="tasks of the API fail their health check",
            namespace="AWS/ApplicationELB",
            metric="UnHealthyHostCount",
            dimensions={**balancer, "TargetGroup": watched.target_group},
            periods=3,
        ),
        Alarm(
            kind="ApiServerErrors",
            says="the API answers with 5xx",
            namespace="AWS/ApplicationELB",
            metric="HTTPCode_Target_5XX_Count",
            dimensions={**balancer, "TargetGroup": watched.target_group},
            statistic="Sum",
            threshold=5,
            periods=3,
        ),
        # A task may pass its health check and answer no request; then the balancer answers 502 or 504.
        Alarm(
            kind="ApiBalancerErrors",
            says="the load balancer answers 5xx in place of the API",
            namespace="AWS/ApplicationELB",
            metric="HTTPCode_ELB_5XX_Count",
            dimensions=balancer,
            statistic="Sum",
            threshold=5,
            periods=3,
        ),
    ]


def dead_letters(kind: str, subject: str, queue: pulumi.Input[str]) -> Alarm:
    """There are messages in a dead-letter queue."""
    return Alarm(
        kind=kind,
        subject=subject,
        says=f"{subject}: messages lie in the dead-letter queue",
        namespace="AWS/SQS",
        metric="ApproximateNumberOfMessagesVisible",
        dimensions={"QueueName": queue},
    )
