"""The alarms: for each its metric, its threshold and its runbook. Knows no resources.

To add an alarm, add it here and its runbook, named like its `kind`, to docs/runbooks. A metric of our own is
in the catalogue, handlers/telemetry/metrics.py, which tests/contracts/test_telemetry.py holds against the
alarms. Alarms on objectives are in objectives.py.
"""

import pulumi

from components.naming import Naming
from components.naming.alarm_names import label, rule_name
from components.parts.observability.alarm import Alarm, Topic
from components.parts.observability.event_alarms import EventAlarm, deployment_failed, refresh_stopped
from components.parts.observability.watched import Watched, WatchedFleet, WatchedFunction, WatchedServer

# The scaler sends these with each decision; FunctionSilent rings when it does not run.
OURS, OLDEST_WAIT, OPEN_BREAKERS = "ClipIt", "OldestQueuedJobAge", "OpenBreakers"
# Alarms of a fleet that end an instance refresh: the new instances may be what is wrong.
STOP_REFRESH = ("RenderDeadLetters", "RenderWaitsTooLong")


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
    """Errors, events given up, and a schedule that no longer invokes the function."""
    subject = "-".join(part for part in (function.fleet, function.component) if part)
    name = {"FunctionName": function.name}
    alarms = [
        Alarm(
            kind="FunctionErrors",
            topic=Topic.PAGES,
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
                topic=Topic.PAGES,
                subject=subject,
                says=f"{subject}: not invoked for five minutes although a schedule calls it every minute",
                namespace="AWS/Lambda",
                metric="Invocations",
                dimensions=name,
                statistic="Sum",
                threshold=1,
                period_seconds=300,
                fill=0,
                missing="breaching",
                comparison="LessThanThreshold",
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
            topic=Topic.PAGES,
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
    """No healthy targets: then there are no answers from which an objective could be judged."""
    balancer = {"LoadBalancer": watched.balancer}
    return [
        Alarm(
            kind="ApiWithoutHosts",
            topic=Topic.PAGES,
            says="no task of the API is healthy",
            namespace="AWS/ApplicationELB",
            metric="HealthyHostCount",
            dimensions={**balancer, "TargetGroup": watched.target_group},
            threshold=1,
            periods=3,
            fill=0,
            missing="breaching",
            comparison="LessThanThreshold",
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
