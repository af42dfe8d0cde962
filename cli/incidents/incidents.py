"""The incidents that are played: a way to make each alarm ring that notifies somebody.

To add one, write a function in `cli/incidents/breaks` that breaks something, waits until that shows, yields,
and mends it as the page says; then add a row to `INCIDENTS`.
"""

from cli.incidents.breaks import api, events, fleet, functions, webhooks
from cli.incidents.cloud import FLEET
from cli.incidents.incident import Incident
from cli.incidents.tickets import TICKETS

PAGE_MINUTES = 30
"""So far back the longest short window of a page looks."""

INCIDENTS = (
    *TICKETS,
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
        skips=PAGE_MINUTES,
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
        page="FunctionDeadLetters",
        rings=f"{FLEET}-scaler-FunctionDeadLetters",
        cause="The scaler was busy for a minute",
        tells=("DDBStreamBatchInfo",),
        breaks=functions.the_scaler_lost_a_record,
    ),
    *(
        Incident(
            page="FunctionErrors",
            rings=f"{function}-FunctionErrors",
            function=function,
            cause="The last deployment",
            tells=("SettingsError",),
            breaks=functions.every_function_lacks_a_setting,
        )
        for function in functions.FUNCTIONS
    ),
    *(
        Incident(
            page="FunctionDeadLetters",
            rings=f"{function}-FunctionDeadLetters",
            function=function,
            cause="An outage that continues",
            tells=("SettingsError",),
            breaks=functions.every_function_lacks_a_setting,
            shows=functions.letters_of(function),
        )
        for function in (functions.SWEEPER, functions.NOTIFIER)
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
        skips=PAGE_MINUTES,
    ),
    Incident(
        page="FleetRefreshStopped",
        rings=f"{FLEET}-FleetRefreshStopped",
        cause="Somebody canceled it",
        tells=("Cancelled",),
        breaks=fleet.a_refresh_is_cancelled,
        event=True,
    ),
    *(
        Incident(
            page="EventsUndelivered",
            rings=f"{event}-EventsUndelivered",
            cause="The topic's policy or the key's was changed by hand",
            tells=('"topicKnowsEvents": false',),
            breaks=breaks,
        )
        for event, breaks in (
            ("ApiDeploymentFailed", events.the_topics_refuse_a_deployment),
            (f"{FLEET}-FleetRefreshStopped", events.the_topics_refuse_a_refresh),
        )
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
        figure=webhooks.SLOW_TRY,
        breaks=webhooks.the_receiver_is_slow,
        skips=PAGE_MINUTES,
    ),
)
