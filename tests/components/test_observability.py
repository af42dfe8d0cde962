"""Alarms, their topic and the dashboard."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from components.naming import Naming
from components.observability import Observability, ObservabilityArgs
from components.parts.observability.watched import Watched, WatchedFleet, WatchedFunction, WatchedServer
from components.settings import Settings

Deployed = Callable[[Callable[[], object]], Any]
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
RULE, TARGET = "aws:cloudwatch/eventRule:EventRule", "aws:cloudwatch/eventTarget:EventTarget"


@pytest.fixture(scope="module")
def world(deployed: Deployed, naming: Naming, prod: Settings) -> Any:
    watched = Watched(
        environment="prod",
        functions=[
            WatchedFunction(
                component="scaler",
                fleet="cpu",
                name="s",
                dead_letters="s-dead",
                every_minute=True,
            ),
            WatchedFunction(
                component="notifier",
                name="n",
                dead_letters="n-dead",
                every_minute=False,
            ),
        ],
        fleets={
            "cpu": WatchedFleet(
                queue="q",
                bulk_queue="q-bulk",
                dead_letters="q-dead",
                group="g",
                wait_objective_s=60,
                wait_quantile=0.95,
            )
        },
        server=WatchedServer(
            service_arn="arn:aws:ecs:::service/c/s", balancer="app/b", target_group="targetgroup/t"
        ),
        table="jobs",
        webhook_dead_letters="w-dead",
    )
    args = ObservabilityArgs(
        naming=naming, settings=prod.alarms, key_arn="arn:aws:kms:::key", watched=watched
    )
    return deployed(lambda: Observability("observability", args))


def test_every_alarm_speaks_links_its_runbook_and_says_what_silence_means(world: Any, prod: Settings) -> None:
    alarms = world.of(ALARM)
    assert alarms
    for alarm in alarms:
        kind = alarm.name.rpartition("-")[2]
        assert f"{prod.alarms.runbooks_url}/{kind}.md" in alarm.inputs["alarmDescription"]
        burns = any(one["id"] == "burn" for one in alarm.inputs.get("metricQueries") or [])
        assert bool(alarm.inputs.get("alarmActions")) is not burns
        assert alarm.inputs["actionsEnabled"] is True
        assert alarm.inputs["treatMissingData"] in {"breaching", "notBreaching"}


def test_every_dead_letter_queue_has_an_alarm(world: Any) -> None:
    watched = {
        alarm.inputs["dimensions"]["QueueName"]
        for alarm in world.of(ALARM)
        if alarm.inputs.get("metricName") == "ApproximateNumberOfMessagesVisible"
    }
    assert watched == {"s-dead", "n-dead", "q-dead", "w-dead"}


def test_a_scheduled_function_that_falls_silent_is_an_alarm(world: Any) -> None:
    (silent,) = [one.inputs for one in world.of(ALARM) if one.name.endswith("FunctionSilent")]
    assert silent["metricQueries"][0]["metric"]["dimensions"] == {"FunctionName": "s"}
    assert silent["treatMissingData"] == "breaching"
    assert silent["comparisonOperator"] == "LessThanThreshold"


def test_an_alarm_on_silence_looks_for_no_older_value_in_place_of_a_missing_one(world: Any) -> None:
    """CloudWatch does where a value is missing, and the alarm would ring periods later than its page says."""
    on_silence = [one.inputs for one in world.of(ALARM) if one.inputs["treatMissingData"] == "breaching"]
    assert len(on_silence) == 2
    for alarm in on_silence:
        measured, filled = alarm["metricQueries"]
        assert (filled["expression"], filled["returnData"]) == (f"FILL({measured['id']},0)", True)
        assert measured["returnData"] is False


def test_an_api_without_any_healthy_task_is_an_alarm_even_when_nothing_is_measured(world: Any) -> None:
    """Where no task is registered none is unhealthy, and the balancer's own 503 is no answer of a target."""
    alarm = world.one(ALARM, "observability-ApiWithoutHosts").inputs
    measured = alarm["metricQueries"][0]["metric"]["metricName"]
    assert (measured, alarm["threshold"], alarm["treatMissingData"]) == ("HealthyHostCount", 1, "breaching")
    assert alarm["comparisonOperator"] == "LessThanThreshold"


def test_a_long_render_is_no_long_wait(world: Any) -> None:
    """Its message is neither deleted nor young, so that the age of the queue would cry wolf."""
    alarm = world.one(ALARM, "observability-cpu-RenderWaitsTooLong").inputs
    assert (alarm["namespace"], alarm["metricName"]) == ("ClipIt", "OldestQueuedJobAge")


def test_the_topic_is_encrypted_with_a_key_that_alarms_may_use(world: Any) -> None:
    topics = world.of("aws:sns/topic:Topic")
    assert {one.inputs["name"] for one in topics} == {"clip-it-prod-alarms", "clip-it-prod-tickets"}
    assert {one.inputs["kmsMasterKeyId"] for one in topics} == {"arn:aws:kms:::key"}


def test_only_alarms_of_this_account_and_our_own_event_rules_may_publish(world: Any) -> None:
    policy = world.one("aws:sns/topicPolicy:TopicPolicy", "observability-tickets")
    allowed = [one for one in json.loads(policy.inputs["policy"])["Statement"] if one["Effect"] == "Allow"]
    conditions = {one["Principal"]["Service"]: one["Condition"] for one in allowed}
    names = sorted(rule.inputs["name"] for rule in world.of(RULE))
    rules = [f"arn:aws:events:eu-central-1:444455556666:rule/{name}" for name in names]
    assert conditions == {
        "cloudwatch.amazonaws.com": {"StringEquals": {"aws:SourceAccount": "444455556666"}},
        "events.amazonaws.com": {"ArnEquals": {"aws:SourceArn": rules}},
    }
    assert len(rules) == 2


def test_a_deployment_that_ecs_gave_up_notifies_the_topic_with_its_reason_and_its_runbook(
    world: Any, prod: Settings
) -> None:
    rule = world.one(RULE, "observability-ApiDeploymentFailed").inputs
    assert json.loads(rule["eventPattern"]) == {
        "source": ["aws.ecs"],
        "detail-type": ["ECS Deployment State Change"],
        "resources": ["arn:aws:ecs:::service/c/s"],
        "detail": {"eventName": ["SERVICE_DEPLOYMENT_FAILED"]},
    }
    target = world.one(TARGET, "observability-ApiDeploymentFailed").inputs
    assert (target["arn"], target["rule"]) == ("arn:aws:test:::observability-tickets", rule["name"])
    transformer = target["inputTransformer"]
    assert transformer["inputPaths"] == {"reason": "$.detail.reason", "time": "$.time"}
    filled = transformer["inputTemplate"].replace("<reason>", '"r"').replace("<time>", '"t"')
    told = json.loads(filled)
    assert told["AlarmName"] == "clip-it-prod-ApiDeploymentFailed"
    assert told["AlarmDescription"].endswith(f"{prod.alarms.runbooks_url}/ApiDeploymentFailed.md")
    assert (told["NewStateReason"], told["StateChangeTime"]) == ("r", "t")


def test_a_refresh_that_stopped_notifies_the_topic(world: Any) -> None:
    rule = world.one(RULE, "observability-cpu-FleetRefreshStopped").inputs
    pattern = json.loads(rule["eventPattern"])
    assert pattern["detail"] == {"AutoScalingGroupName": ["g"]}
    assert pattern["detail-type"] == [
        "EC2 Auto Scaling Instance Refresh Failed",
        "EC2 Auto Scaling Instance Refresh Cancelled",
    ]


def test_an_event_that_could_not_be_told_is_an_alarm_that_needs_no_event(world: Any) -> None:
    for rule in world.of(RULE):
        alarm = world.one(ALARM, f"{rule.name}-EventsUndelivered").inputs
        assert alarm["dimensions"] == {"RuleName": rule.inputs["name"]}
        assert (alarm["namespace"], alarm["metricName"]) == ("AWS/Events", "FailedInvocations")


def test_alarms_reach_the_addresses_of_the_settings(world: Any) -> None:
    subscriptions = world.of("aws:sns/topicSubscription:TopicSubscription")
    assert {one.inputs["endpoint"] for one in subscriptions} == {"on-call@clip-it.example.com"}
    assert len({one.inputs["topic"] for one in subscriptions}) == len(subscriptions) == 2


DASHBOARD = "aws:cloudwatch/dashboard:Dashboard"


def test_there_is_a_dashboard_for_each_question(world: Any) -> None:
    names = {one.inputs["dashboardName"] for one in world.of(DASHBOARD)}
    kinds = ("overview", "api", "renders", "fleet", "cost")
    assert names == {f"clip-it-prod-{kind}-eu-central-1" for kind in kinds}


@pytest.mark.parametrize("kind", ["overview", "api", "renders", "fleet", "cost"])
def test_graphs_of_a_dashboard_do_not_cover_each_other(world: Any, kind: str) -> None:
    dashboard = world.one(DASHBOARD, f"observability-{kind}")
    widgets = json.loads(dashboard.inputs["dashboardBody"])["widgets"]
    assert len(widgets) >= 3
    assert len({(one["x"], one["y"]) for one in widgets}) == len(widgets)
    assert all(one["x"] + one["width"] <= 24 for one in widgets)


def test_each_stage_of_a_render_has_percentiles_in_the_order_of_the_chain(world: Any) -> None:
    dashboard = world.one(DASHBOARD, "observability-renders")
    waits, stages, ends, *_ = json.loads(dashboard.inputs["dashboardBody"])["widgets"]
    assert [line[-1]["stat"] for line in waits["properties"]["metrics"]] == ["p50", "p95", "p99"]
    assert [line[1] for line in stages["properties"]["metrics"]][::2] == [
        "FetchSeconds",
        "EngineSeconds",
        "UploadSeconds",
    ]
    assert [line[-2] for line in ends["properties"]["metrics"]] == [
        "succeeded",
        "failed",
        "refused",
        "cancelled",
    ]


COMPOSITE = "aws:cloudwatch/compositeAlarm:CompositeAlarm"


def test_a_page_rings_when_both_windows_of_an_objective_burn_and_not_while_its_cause_does(world: Any) -> None:
    page = world.one(COMPOSITE, "observability-page-api").inputs
    assert page["alarmActions"] == ["arn:aws:test:::observability"]
    assert page["actionsSuppressor"]["alarm"] == "clip-it-prod-ApiWithoutHosts"
    fast, *_ = page["alarmRule"].split(" OR ")
    assert fast == (
        '(ALARM("clip-it-prod-availability-1h-ApiObjectives") AND '
        'ALARM("clip-it-prod-availability-5min-ApiObjectives"))'
    )


def test_a_page_waits_longer_than_what_explains_it_takes_to_ring(world: Any) -> None:
    """The minute in which hosts disappear still had some, and that minute's answers burn already."""
    alarms = {one.inputs["name"]: one.inputs for one in world.of(ALARM)}
    suppressed = [one for one in world.of(COMPOSITE) if one.inputs.get("actionsSuppressor")]
    assert len(suppressed) == 3
    for page in suppressed:
        given = page.inputs["actionsSuppressor"]
        cause = alarms[given["alarm"]]
        period = cause.get("period") or max(
            one.get("metric", {}).get("period", 0) for one in cause["metricQueries"]
        )
        assert given["waitPeriod"] >= (cause["evaluationPeriods"] + 1) * period, page.name


def test_a_slowly_spent_budget_is_a_ticket_of_its_own(world: Any) -> None:
    tickets = [one for one in world.of(COMPOSITE) if "-ticket-" in one.name]
    assert len(tickets) == 6
    for one in tickets:
        assert one.inputs["alarmActions"] == ["arn:aws:test:::observability-tickets"]
        assert " OR " not in one.inputs["alarmRule"], "it would stay silent about a second cause"


def test_every_rule_names_alarms_that_there_are(world: Any) -> None:
    names = {one.inputs["name"] for one in world.of(ALARM)}
    named: set[str] = set()
    for one in world.of(COMPOSITE):
        named |= set(re.findall(r'ALARM\("([^"]+)"\)', one.inputs["alarmRule"]))
        if suppressor := one.inputs.get("actionsSuppressor"):
            assert suppressor["alarm"] in names
    burning = {one.inputs["name"] for one in world.of(ALARM) if not one.inputs.get("alarmActions")}
    assert named == burning, "an alarm of one window that no rule names tells nobody"


def test_an_expression_has_at_most_ten_metrics_and_windows_that_cloudwatch_takes(world: Any) -> None:
    for alarm in world.of(ALARM):
        queries = alarm.inputs.get("metricQueries") or []
        assert len(queries) <= 10
        for query in queries:
            if metric := query.get("metric"):
                assert metric["period"] % 60 == 0
                assert metric["period"] <= 7 * 86_400
