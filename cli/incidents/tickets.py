"""The incidents of tickets: a budget that burns too slowly to wake anybody.

Each breaks little, after a calm day and a night: few enough events that no page rings, and more bad ones than
the objective has in three days.
"""

from typing import Final

from cli.incidents.breaks import api, fleet, webhooks
from cli.incidents.calm import NIGHT_MINUTES
from cli.incidents.cloud import FLEET
from cli.incidents.incident import Incident

TICKETS: Final = (
    Incident(
        page="ApiObjectives",
        rings="ticket-availability",
        cause="Tasks end, or are too few",
        tells=("EssentialContainerExited",),
        breaks=api.a_task_ends,
        skips=NIGHT_MINUTES,
        silent=("page-api",),
    ),
    Incident(
        page="ApiObjectives",
        rings="ticket-latency",
        cause="Requests wait for a dependency",
        tells=(),
        figure=r"200\s+GET\s+\S+/events\s.*\b[1-9]\d{3}\b",
        breaks=api.aws_hangs,
        skips=NIGHT_MINUTES,
        silent=("page-api",),
    ),
    Incident(
        page="RenderObjectives",
        rings=f"ticket-{FLEET}-start",
        cause="More renders than the fleet may have instances for",
        tells=("fleet_at_maximum",),
        breaks=fleet.some_renders_wait,
        skips=NIGHT_MINUTES,
        silent=(f"page-renders-{FLEET}",),
    ),
    Incident(
        page="RenderObjectives",
        rings=f"ticket-{FLEET}-success",
        cause="The engine fails on one instance",
        tells=("engine_crashed",),
        breaks=fleet.one_render_fails,
        skips=NIGHT_MINUTES,
        silent=(f"page-renders-{FLEET}",),
    ),
    Incident(
        page="WebhookObjectives",
        rings="ticket-webhooks-first-try",
        function="notifier",
        cause="Slow receivers hold all copies of the function",
        tells=(),
        figure=webhooks.SLOW_TRY,
        breaks=webhooks.the_receiver_is_rather_slow,
        skips=NIGHT_MINUTES,
        silent=("page-webhooks",),
    ),
    Incident(
        page="WebhookObjectives",
        rings="ticket-webhooks-delivery",
        function="notifier",
        cause="One receiver is down or slow",
        tells=("answered 5",),
        breaks=webhooks.the_receiver_was_down,
        skips=NIGHT_MINUTES,
        silent=("page-webhooks",),
    ),
)
