"""The Lambda as AWS calls it: by batches of the stream, by the schedule, and when something is wrong."""

import json
from io import StringIO

import pytest
from botocore.exceptions import ClientError

from handlers.jobs.store import keys
from handlers.jobs.store.table import PRESENT, Put
from handlers.scaler import entrypoint, metrics, settings, telemetry
from handlers.scaler.codec import dumps
from handlers.scaler.decision.memory import Breaker, Circuit, Memory
from handlers.scaler.group import Group
from handlers.scaler.state_store import TableStateStore
from simulator.replay import replay


@pytest.fixture
def log() -> StringIO:
    """What the function logs; Powertools keeps the stream that it found when it was made."""
    stream = StringIO()
    telemetry.logger.registered_handler.setStream(stream)
    return stream


@pytest.fixture
def environment(deployed, limits, monkeypatch):
    def build(**changes: object) -> None:
        entrypoint._deployed.cache_clear()
        values = {
            "CLIPIT_ENVIRONMENT": "test",
            "CLIPIT_FLEET": "cpu",
            "CLIPIT_GROUP_NAME": "render-cpu",
            "CLIPIT_LAUNCH_HOOK": "bootstrap",
            "CLIPIT_TERMINATE_HOOK": "drain",
            "CLIPIT_QUEUE_URL": deployed.queue_url,
            "CLIPIT_TABLE": "clip-it-test",
            "CLIPIT_SCALER_LIMITS": dumps(limits(**changes)),
        }
        for name, value in values.items():
            monkeypatch.setenv(name, value)

    return build


def test_the_schedule_raises_desired_and_one_record_says_why(environment, deployed, log, capsys) -> None:
    environment()
    deployed.sqs.send_message(QueueUrl=deployed.queue_url, MessageBody="job")
    answer = entrypoint.handler({}, None)
    assert answer["desired"] == deployed.desired() == 1
    (record,) = [json.loads(line) for line in log.getvalue().splitlines()]
    assert record["message"] == "scaler_decided"
    assert record["decision"]["code"] == "instance_booting"
    sent = json.loads(capsys.readouterr().out)
    assert sent.keys() >= {"QueuedJobs", "OldestQueuedJobAge", "OpenBreakers"}
    assert "BootsFailed" not in sent


@pytest.mark.parametrize("kind", ["RenderWaitsTooLong", "ScalerBreakerOpen"])
def test_an_alarm_watches_what_the_scaler_measures(
    environment, deployed, monkeypatch, capsys, program, kind
) -> None:
    (alarm,) = [
        one.inputs
        for one in program("dev").of("aws:cloudwatch/metricAlarm:MetricAlarm")
        if one.name.endswith(f"cpu-{kind}")
    ]
    environment()
    monkeypatch.setenv("CLIPIT_ENVIRONMENT", "dev")
    entrypoint.handler({}, None)
    record = json.loads(capsys.readouterr().out)
    (directive,) = record["_aws"]["CloudWatchMetrics"]
    assert directive["Namespace"] == alarm["namespace"]
    assert alarm["metricName"] in {one["Name"] for one in directive["Metrics"]}
    (dimensions,) = directive["Dimensions"]
    assert {name: record[name] for name in dimensions} == alarm["dimensions"]


def test_what_queries_of_the_log_ask_for_stands_before_what_grows_with_the_fleet(
    environment, deployed, log
) -> None:
    """Logs Insights finds no more than the first 200 fields of a record."""
    environment()
    deployed.sqs.send_message(QueueUrl=deployed.queue_url, MessageBody="job")
    entrypoint.handler({}, None)
    record = json.loads(log.getvalue())
    asked = {"fleet", "environment", "desired", "queued", "oldest_s", "code", "reason", "breakers"}
    assert asked <= set(list(record)[: list(record).index("limits")])
    assert (record["code"], record["breakers"]) == ("instance_booting", [])


def test_an_open_breaker_is_in_the_log_with_its_cause() -> None:
    breaker = Breaker(circuit=Circuit.OPEN, cause="launches fail: quota")
    assert metrics.open_breakers(Memory(capacity=breaker)) == ["capacity open: launches fail: quota"]


def test_the_record_can_be_replayed(environment, deployed, log) -> None:
    environment()
    deployed.sqs.send_message(QueueUrl=deployed.queue_url, MessageBody="job")
    entrypoint.handler({}, None)
    found = replay(log.getvalue().splitlines())
    assert (found.decisions, found.differences) == (1, ())


def test_a_decision_whose_orders_fail_is_on_record_and_fails_the_invocation(
    environment, monkeypatch, log
) -> None:
    def above_maximum(_: object, desired: int) -> None:
        message = f"New SetDesiredCapacity value {desired} is above max value 50"
        raise ClientError({"Error": {"Code": "ValidationError", "Message": message}}, "SetDesiredCapacity")

    monkeypatch.setattr(Group, "set_desired", above_maximum)
    environment(minimum=60, maximum=60)
    with pytest.raises(ExceptionGroup) as raised:
        entrypoint.handler({}, None)
    assert raised.group_contains(ClientError, match="above max")
    records = {one["message"]: one for one in map(json.loads, log.getvalue().splitlines())}
    assert records["scaler_decided"]["decision"]["raise_to"] == 60
    assert "ValidationError" in records["scaler_fell_short"]["failed"][0]
    assert "scaler_pass_failed" in records
    assert replay(log.getvalue().splitlines()).decisions == 1


def test_a_state_that_cannot_be_read_is_told(environment, table, log) -> None:
    environment()
    entrypoint.handler({}, None)
    environment()
    table.put(Put(item={**table.get(keys.scaler("cpu")), "memory": "{}x"}, condition=PRESENT))
    entrypoint.handler({}, None)
    assert "scaler_state_lost" in log.getvalue()


def test_the_table_tells_others_what_was_decided(environment, deployed, table) -> None:
    environment()
    deployed.sqs.send_message(QueueUrl=deployed.queue_url, MessageBody="job")
    entrypoint.handler({}, None)
    entrypoint.handler({}, None)
    entrypoint.handler({}, None)
    recent = TableStateStore(table, "cpu").read().recent
    assert [one.desired - one.before for one in recent] == [0, 1], "of passes that change nothing, the newest"


def test_a_pass_that_cannot_look_fails_the_invocation(environment, deployed, log) -> None:
    environment()
    deployed.autoscaling.delete_auto_scaling_group(AutoScalingGroupName="render-cpu", ForceDelete=True)
    with pytest.raises(LookupError):
        entrypoint.handler({}, None)
    assert "scaler_pass_failed" in log.getvalue()


def test_all_settings_that_are_wrong_are_named_at_once() -> None:
    with pytest.raises(ValueError, match="CLIPIT_TABLE is missing") as problem:
        settings.read({"CLIPIT_SCALER_LIMITS": '{"maximum": "many", "extra": 1}'})
    for part in ("CLIPIT_FLEET is missing", "Limits.extra is unknown", "Limits.minimum is missing", '"many"'):
        assert part in str(problem.value)


def test_limits_that_contradict_each_other_are_named_at_once(limits) -> None:
    with pytest.raises(ValueError, match="maximum is 1, must be at least minimum 3") as problem:
        limits(
            minimum=3, maximum=1, boot_s=0, wait_quantile=2, idle_before_scale_in_s="soon", spend_ceiling=-1
        )
    for part in (
        "boot_s is 0",
        "wait_quantile is 2",
        "idle_before_scale_in_s is 'soon'",
        "spend_ceiling is -1",
    ):
        assert part in str(problem.value)


@pytest.mark.parametrize("name", ["boot_s", "wait_price", "idle_before_scale_in_s", "spend_ceiling"])
@pytest.mark.parametrize("value", [float("inf"), float("nan")], ids=str)
def test_limits_are_numbers_and_never_and_unlimited_are_words(limits, name, value) -> None:
    with pytest.raises(ValueError, match=f"{name} is {value}"):
        limits(**{name: value})
