"""The Lambda service of a stack: what is deployed is started, fed, replaced and ended."""

import io
import itertools
import json
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.emulator.connection import Connection
from local.lambda_service.service import FunctionService
from local.minutes import Minutes
from local.processes import children
from local.telemetry.telemetry import Telemetry

Eventually = Callable[[Callable[[], bool]], None]
LATENCY_S = 1.0

# Writes what it was given to a file that the test can read, then answers as the environment says.
CODE = """
import json, os, pathlib, signal, time
def handler(event, context):
    if os.environ.get("CLIPIT_STUBBORN"):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    with open(os.environ["CLIPIT_SEEN"], "a") as seen:
        seen.write(json.dumps(event) + "\\n")
    while "fail_once_there_is" in event:
        if pathlib.Path(event["fail_once_there_is"]).exists():
            raise LookupError("there is no group")
        time.sleep(0.02)
    return json.loads(os.environ.get("CLIPIT_ANSWER", "null"))
"""


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """One function and the file to which it writes its events."""

    name: str
    arn: str
    seen: Path
    connection: Connection

    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.seen.read_text().splitlines()] if self.seen.exists() else []

    def records(self) -> list[dict[str, Any]]:
        return [record for event in self.events() for record in event.get("Records", [])]


@pytest.fixture
def deploy(connection: Connection, unique: str, tmp_path: Path) -> Iterator[Callable[..., Deployment]]:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as bundle:
        bundle.writestr("main.py", CODE)
    trust = {"Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}}]}
    iam = connection.session.client("iam", endpoint_url=connection.endpoint)
    role = iam.create_role(RoleName=unique, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]

    def create(answer: object = None, *, stubborn: str = "") -> Deployment:
        seen = tmp_path / "seen"
        arn = connection.functions().create_function(
            FunctionName=unique,
            Runtime="python3.13",
            Role=role,
            Handler="main.handler",
            Timeout=10,
            Code={"ZipFile": archive.getvalue()},
            Environment={
                "Variables": {
                    "CLIPIT_SEEN": str(seen),
                    "CLIPIT_ANSWER": json.dumps(answer),
                    "CLIPIT_STUBBORN": stubborn,
                }
            },
        )["FunctionArn"]
        return Deployment(name=unique, arn=arn, seen=seen, connection=connection)

    # Emulators in one process share what they hold, and the service would run what other tests deployed.
    remove_all(connection)
    yield create
    remove_all(connection)


def remove_all(connection: Connection) -> None:
    for mapping in connection.functions().list_event_source_mappings()["EventSourceMappings"]:
        connection.functions().delete_event_source_mapping(UUID=mapping["UUID"])
    for function in connection.functions().list_functions()["Functions"]:
        connection.functions().delete_function(FunctionName=function["FunctionName"])
    for schedule in connection.scheduler().list_schedules()["Schedules"]:
        connection.scheduler().delete_schedule(Name=schedule["Name"])


@pytest.fixture
def service(connection: Connection, run: str, tmp_path: Path, recorder: Any) -> Iterator[FunctionService]:
    folder = tmp_path / "functions"
    folder.mkdir()
    service = FunctionService(
        connection=connection,
        run=run,
        folder=folder,
        tell=recorder,
        telemetry=Telemetry.to(connection),
        minutes=Minutes(pace=60.0),
    )
    stop = threading.Event()
    threads = [threading.Thread(target=part.work, args=(stop,)) for part in (service, service.minutes)]
    for thread in threads:
        thread.start()
    yield service
    stop.set()
    for thread in threads:
        thread.join()


def make_table(connection: Connection, name: str) -> str:
    return connection.dynamodb().create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )["TableDescription"]["LatestStreamArn"]


def map_stream(deployment: Deployment, stream: str, pattern: object) -> None:
    deployment.connection.functions().create_event_source_mapping(
        EventSourceArn=stream,
        FunctionName=deployment.name,
        StartingPosition="TRIM_HORIZON",
        FilterCriteria={"Filters": [{"Pattern": json.dumps(pattern)}]},
    )


def test_a_write_to_the_table_reaches_the_function_within_a_second(
    connection: Connection,
    deploy: Callable[..., Deployment],
    service: FunctionService,
    eventually: Eventually,
) -> None:
    deployment = deploy()
    map_stream(deployment, make_table(connection, deployment.name), {"eventName": ["INSERT"]})
    connection.dynamodb().put_item(TableName=deployment.name, Item={"pk": {"S": "first"}})
    eventually(lambda: len(deployment.records()) == 1)
    began = time.monotonic()
    connection.dynamodb().put_item(TableName=deployment.name, Item={"pk": {"S": "second"}})
    eventually(lambda: len(deployment.records()) == 2)
    assert time.monotonic() - began < LATENCY_S
    assert deployment.records()[1]["dynamodb"]["NewImage"] == {"pk": {"S": "second"}}


def test_records_that_the_mapping_filters_out_do_not_arrive(
    connection: Connection,
    deploy: Callable[..., Deployment],
    service: FunctionService,
    eventually: Eventually,
) -> None:
    deployment = deploy()
    pattern = {"dynamodb": {"NewImage": {"kind": {"S": ["wanted"]}}}}
    map_stream(deployment, make_table(connection, deployment.name), pattern)
    for kind in ("other", "wanted"):
        connection.dynamodb().put_item(
            TableName=deployment.name, Item={"pk": {"S": kind}, "kind": {"S": kind}}
        )
    eventually(lambda: bool(deployment.records()))
    assert [record["dynamodb"]["Keys"]["pk"]["S"] for record in deployment.records()] == ["wanted"]


def make_queue(connection: Connection, name: str) -> tuple[str, str]:
    url = connection.sqs().create_queue(QueueName=name, Attributes={"VisibilityTimeout": "600"})["QueueUrl"]
    found = connection.sqs().get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    return url, found["Attributes"]["QueueArn"]


def left(connection: Connection, url: str) -> int:
    names: list[Any] = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    found = connection.sqs().get_queue_attributes(QueueUrl=url, AttributeNames=names)
    return sum(int(count) for count in found["Attributes"].values())


def test_a_message_that_the_function_handles_is_deleted(
    connection: Connection,
    deploy: Callable[..., Deployment],
    service: FunctionService,
    eventually: Eventually,
) -> None:
    deployment = deploy()
    url, arn = make_queue(connection, deployment.name)
    connection.functions().create_event_source_mapping(EventSourceArn=arn, FunctionName=deployment.name)
    connection.sqs().send_message(QueueUrl=url, MessageBody="hello")
    eventually(lambda: [record["body"] for record in deployment.records()] == ["hello"])
    eventually(lambda: left(connection, url) == 0)


def test_a_message_that_is_reported_as_failed_stays_in_the_queue(
    connection: Connection,
    deploy: Callable[..., Deployment],
    service: FunctionService,
    eventually: Eventually,
) -> None:
    url, arn = make_queue(connection, f"{time.time_ns()}")
    failed = connection.sqs().send_message(QueueUrl=url, MessageBody="bad")["MessageId"]
    connection.sqs().send_message(QueueUrl=url, MessageBody="good")
    deployment = deploy({"batchItemFailures": [{"itemIdentifier": failed}]})
    connection.functions().create_event_source_mapping(
        EventSourceArn=arn, FunctionName=deployment.name, FunctionResponseTypes=["ReportBatchItemFailures"]
    )
    eventually(lambda: len(deployment.records()) == 2)
    eventually(lambda: left(connection, url) == 1)


def test_a_schedule_calls_its_function_at_its_rate(
    connection: Connection,
    deploy: Callable[..., Deployment],
    service: FunctionService,
    eventually: Eventually,
) -> None:
    deployment = deploy()
    connection.scheduler().create_schedule(
        Name=deployment.name,
        ScheduleExpression="rate(1 minute)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": deployment.arn, "RoleArn": "arn:aws:iam::123456789012:role/any"},
    )
    eventually(lambda: len(deployment.events()) >= 2)
    assert deployment.events()[0]["source"] == "aws.scheduler"


def test_a_function_without_concurrency_is_throttled_and_not_invoked(
    connection: Connection,
    deploy: Callable[..., Deployment],
    service: FunctionService,
    recorder: Any,
    eventually: Eventually,
) -> None:
    deployment = deploy()
    connection.functions().put_function_concurrency(
        FunctionName=deployment.name, ReservedConcurrentExecutions=0
    )
    connection.scheduler().create_schedule(
        Name=deployment.name,
        ScheduleExpression="rate(1 minute)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": deployment.arn, "RoleArn": "arn:aws:iam::123456789012:role/any"},
    )
    eventually(lambda: bool(recorder.details("function-failed")))
    service.telemetry.measurements.flush()
    measured = connection.cloudwatch().list_metrics(
        Dimensions=[{"Name": "FunctionName", "Value": deployment.name}]
    )
    assert {one["MetricName"] for one in measured["Metrics"]} == {"Throttles"}
    assert deployment.events() == []


@pytest.mark.long
def test_a_schedule_says_nothing_of_a_function_that_takes_its_time_to_end(
    connection: Connection,
    deploy: Callable[..., Deployment],
    service: FunctionService,
    recorder: Any,
    run: str,
    eventually: Eventually,
) -> None:
    service.minutes.pace = 600.0
    deployment = deploy(stubborn="yes")
    connection.scheduler().create_schedule(
        Name=deployment.name,
        ScheduleExpression="rate(1 minute)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": deployment.arn, "RoleArn": "arn:aws:iam::123456789012:role/any"},
    )
    eventually(lambda: len(deployment.events()) >= 2)
    connection.functions().delete_function(FunctionName=deployment.name)
    eventually(lambda: not children.marked(run))

    assert set(recorder.kinds()) == {"function-returned"}


@pytest.mark.parametrize("deleted", [False, True])
def test_a_function_that_fails_is_told_unless_it_was_deleted_meanwhile(
    connection: Connection,
    deploy: Callable[..., Deployment],
    run: str,
    recorder: Any,
    tmp_path: Path,
    eventually: Eventually,
    deleted: bool,
) -> None:
    folder, group_is_gone = tmp_path / "functions", tmp_path / "gone"
    folder.mkdir()
    deployment = deploy()
    connection.scheduler().create_schedule(
        Name=deployment.name,
        ScheduleExpression="rate(1 minute)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={
            "Arn": deployment.arn,
            "RoleArn": "arn:aws:iam::123456789012:role/any",
            "Input": json.dumps({"fail_once_there_is": str(group_is_gone)}),
        },
    )
    service = FunctionService(
        connection=connection,
        run=run,
        folder=folder,
        tell=recorder,
        telemetry=Telemetry.to(connection),
        minutes=Minutes(pace=600.0),
    )
    stop = threading.Event()
    minutes = threading.Thread(target=service.minutes.work, args=(stop,))
    minutes.start()
    try:
        service.round()  # none follows, as in the second before a deletion is seen
        eventually(lambda: len(deployment.events()) == 1)
        if deleted:
            connection.functions().delete_function(FunctionName=deployment.name)
        group_is_gone.touch()
        eventually(lambda: len(deployment.events()) >= 2)
        assert ("function-failed" in recorder.kinds()) is not deleted
    finally:
        stop.set()
        minutes.join()
        service.end()


def test_a_deleted_function_has_no_process(
    deploy: Callable[..., Deployment], service: FunctionService, run: str, eventually: Eventually
) -> None:
    deployment = deploy()
    eventually(lambda: bool(children.marked(run)))
    deployment.connection.functions().delete_function(FunctionName=deployment.name)
    eventually(lambda: not children.marked(run))


def test_a_changed_environment_starts_the_function_anew(
    deploy: Callable[..., Deployment], service: FunctionService, run: str, eventually: Eventually
) -> None:
    deployment = deploy()
    eventually(lambda: bool(children.marked(run)))
    first = children.marked(run)
    deployment.connection.functions().update_function_configuration(
        FunctionName=deployment.name, Environment={"Variables": {"CLIPIT_SEEN": str(deployment.seen)}}
    )
    eventually(lambda: len(children.marked(run)) == 1 and children.marked(run) != first)


def keys_of(deployment: Deployment) -> list[str]:
    return [record["dynamodb"]["Keys"]["pk"]["S"] for record in deployment.records()]


def test_a_change_after_a_lost_condition_reaches_the_function(
    connection: Connection,
    deploy: Callable[..., Deployment],
    service: FunctionService,
    eventually: Eventually,
) -> None:
    deployment, dynamodb = deploy(), connection.dynamodb()
    map_stream(deployment, make_table(connection, deployment.name), {"eventName": ["INSERT"]})
    put = {"TableName": deployment.name, "Item": {"pk": {"S": "first"}}}
    dynamodb.put_item(**put)
    eventually(lambda: keys_of(deployment) == ["first"])
    taken = {"Put": {**put, "ConditionExpression": "attribute_not_exists(pk)"}}
    with pytest.raises(ClientError, match="TransactionCanceled"):
        dynamodb.transact_write_items(TransactItems=[taken])
    dynamodb.put_item(TableName=deployment.name, Item={"pk": {"S": "next"}})
    eventually(lambda: keys_of(deployment) == ["first", "next"])


def test_a_function_that_is_deployed_anew_gets_what_changed_meanwhile(
    connection: Connection,
    deploy: Callable[..., Deployment],
    run: str,
    recorder: Any,
    tmp_path: Path,
    eventually: Eventually,
) -> None:
    folder = tmp_path / "functions"
    folder.mkdir()
    service = FunctionService(
        connection=connection,
        run=run,
        folder=folder,
        tell=recorder,
        telemetry=Telemetry.to(connection),
        minutes=Minutes(),
    )
    deployment, dynamodb = deploy(), connection.dynamodb()
    mapped = make_table(connection, deployment.name)
    connection.functions().create_event_source_mapping(
        EventSourceArn=mapped, FunctionName=deployment.name, StartingPosition="LATEST"
    )
    try:
        service.round()
        names = (f"early_{number}" for number in itertools.count())

        def heard_one() -> bool:  # only a write that follows the first look at the stream is heard
            dynamodb.put_item(TableName=deployment.name, Item={"pk": {"S": next(names)}})
            return bool(deployment.records())

        eventually(heard_one)
        connection.functions().update_function_configuration(
            FunctionName=deployment.name, Environment={"Variables": {"CLIPIT_SEEN": str(deployment.seen)}}
        )
        for feed in service._feeds.values():
            feed.stop.set()
            feed.thread.join()
        dynamodb.put_item(TableName=deployment.name, Item={"pk": {"S": "meanwhile"}})
        service.round()
        eventually(lambda: keys_of(deployment)[-1] == "meanwhile")
    finally:
        service.end()
