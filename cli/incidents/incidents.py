"""The incidents that are played: for each kind of alarm at least one way to make it ring.

To add one, write a function in `cli/incidents/breaks` that breaks something, waits until that shows, yields,
and mends it as the page says; then add a row to `INCIDENTS`.
"""

from cli.incidents.breaks import api, fleet, functions, webhooks
from cli.incidents.cloud import FLEET
from cli.incidents.incident import Incident

INCIDENTS = (
    Incident(
        page="ApiWithoutHosts",
        rings="ApiWithoutHosts",
        cause="Somebody set the count to 0",
        tells=('"desiredCount": 0',),
        breaks=api.nobody_serves,
    ),
    Incident(
        page="ApiDeploymentFailed",
        rings="ApiDeploymentFailed",
        cause="A setting is wrong",
        tells=("job server:",),
        breaks=api.a_setting_is_missing,
        event=True,
    ),
    Incident(
        page="ApiObjectives",
        rings="page-api",
        cause="Somebody changed the service or its role by hand",
        tells=("ResourceNotFoundException",),
        breaks=api.the_api_asks_another_table,
    ),
    Incident(
        page="FunctionSilent",
        rings="sweeper-FunctionSilent",
        function="sweeper",
        cause="Somebody stopped it",
        tells=("DISABLED",),
        breaks=functions.nobody_calls_the_sweeper,
    ),
    Incident(
        page="FunctionSilent",
        rings=f"{FLEET}-scaler-FunctionSilent",
        cause="Somebody took its concurrency away",
        tells=('"ReservedConcurrentExecutions": 0',),
        breaks=functions.the_scaler_may_not_run,
    ),
    Incident(
        page="FunctionErrors",
        rings=f"{FLEET}-scaler-FunctionErrors",
        cause="The last deployment",
        tells=("SettingsError",),
        breaks=functions.the_scaler_lacks_a_setting,
    ),
    Incident(
        page="FunctionDeadLetters",
        rings=f"{FLEET}-scaler-FunctionDeadLetters",
        cause="The scaler was busy for a minute",
        tells=("DDBStreamBatchInfo",),
        breaks=functions.the_scaler_lost_a_record,
    ),
    Incident(
        page="RenderDeadLetters",
        rings=f"{FLEET}-RenderDeadLetters",
        cause="`engine_crashed`",
        tells=("engine_crashed",),
        breaks=fleet.engines_die,
    ),
    Incident(
        page="ScalerBreakerOpen",
        rings=f"{FLEET}-ScalerBreakerOpen",
        cause="*capacity*: AWS has none",
        tells=("instances not launched for",),
        breaks=fleet.a_breaker_opens,
    ),
    Incident(
        page="RenderWaitsTooLong",
        rings=f"{FLEET}-RenderWaitsTooLong",
        cause="`no_capacity`",
        tells=("capacity_breaker_open",),
        breaks=fleet.a_render_waits,
    ),
    Incident(
        page="RenderObjectives",
        rings=f"page-renders-{FLEET}",
        cause="More renders than the fleet may have instances for",
        tells=("fleet_at_maximum",),
        breaks=fleet.many_renders_arrive,
    ),
    Incident(
        page="FleetRefreshStopped",
        rings=f"{FLEET}-FleetRefreshStopped",
        cause="A later *deploy* replaced it",
        tells=("Cancelled",),
        breaks=fleet.a_refresh_is_cancelled,
        event=True,
    ),
    Incident(
        page="EventsUndelivered",
        rings=f"{FLEET}-FleetRefreshStopped-EventsUndelivered",
        cause="The topic's policy or the key's was changed by hand",
        tells=("events.amazonaws.com",),
        breaks=fleet.the_topic_refuses_events,
    ),
    Incident(
        page="WebhookDeadLetters",
        rings="webhooks-WebhookDeadLetters",
        function="notifier",
        cause="The receiver is down or slow",
        tells=("answered 5",),
        breaks=webhooks.the_receiver_is_down,
    ),
    Incident(
        page="WebhookObjectives",
        rings="page-webhooks",
        function="notifier",
        cause="Slow receivers hold all copies of the function",
        tells=(),
        figure=r"127\.0\.0\.1\b.*\b[3-9]\d{3}\b",
        breaks=webhooks.the_receiver_is_slow,
    ),
)
