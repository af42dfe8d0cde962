"""What an update of a function or its event source mapping (`local/emulator/functions`) leaves as it was."""

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

Client = Callable[[str], Any]


def without(shown: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in shown.items() if name not in names}


@pytest.fixture
def function(client: Client, unique: str) -> dict[str, Any]:
    """A function with everything that the program gives one; what is shown of it."""
    trust = {"Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}}]}
    role = client("iam").create_role(RoleName=unique, AssumeRolePolicyDocument=json.dumps(trust))["Role"]
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as bundle:
        bundle.writestr("main.py", "def handler(event, context): return event")
    shown: dict[str, Any] = client("lambda").create_function(
        FunctionName=unique,
        Runtime="python3.13",
        Role=role["Arn"],
        Handler="main.handler",
        Code={"ZipFile": archive.getvalue()},
        Description="d",
        Timeout=10,
        MemorySize=256,
        Environment={"Variables": {"A": "1"}},
        DeadLetterConfig={"TargetArn": "arn:aws:sqs:eu-central-1:123456789012:dead"},
        TracingConfig={"Mode": "Active"},
        Architectures=["arm64"],
        LoggingConfig={"LogFormat": "JSON", "LogGroup": "/g"},
        EphemeralStorage={"Size": 1024},
    )
    return shown


CHANGES_ALWAYS = (
    "LastModified",
    "RevisionId",
    "ResponseMetadata",
    "Code",
    "LastUpdateStatus",
    "CodeSha256",
    "CodeSize",
)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Timeout", 20),
        ("MemorySize", 512),
        ("Description", "e"),
        ("Handler", "main.other"),
        ("Environment", {"Variables": {"B": "2"}}),
        ("TracingConfig", {"Mode": "PassThrough"}),
        ("DeadLetterConfig", {"TargetArn": "arn:aws:sqs:eu-central-1:123456789012:other"}),
        ("EphemeralStorage", {"Size": 512}),
    ],
)
def test_a_function_keeps_what_an_update_does_not_name(
    client: Client, unique: str, function: dict[str, Any], name: str, value: object
) -> None:
    """UpdateFunctionConfiguration modifies "the version-specific settings" that are given."""
    client("lambda").update_function_configuration(FunctionName=unique, **{name: value})
    after = client("lambda").get_function_configuration(FunctionName=unique)
    assert without(after, *CHANGES_ALWAYS) == without({**function, name: value}, *CHANGES_ALWAYS)


def test_a_function_keeps_its_configuration_with_other_code(
    client: Client, unique: str, function: dict[str, Any]
) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as bundle:
        bundle.writestr("main.py", "def handler(event, context): return 1")
    client("lambda").update_function_code(FunctionName=unique, ZipFile=archive.getvalue())
    after = client("lambda").get_function_configuration(FunctionName=unique)
    assert without(after, *CHANGES_ALWAYS) == without(function, *CHANGES_ALWAYS)


def test_where_a_function_logs_changes_and_how_it_logs_stays(
    client: Client, unique: str, function: dict[str, Any]
) -> None:
    client("lambda").update_function_configuration(FunctionName=unique, LoggingConfig={"LogGroup": "/other"})
    after = client("lambda").get_function_configuration(FunctionName=unique)
    assert after["LoggingConfig"] == {"LogFormat": "JSON", "LogGroup": "/other"}


def test_a_dead_letter_queue_is_taken_away_by_an_empty_address(
    client: Client, unique: str, function: dict[str, Any]
) -> None:
    client("lambda").update_function_configuration(FunctionName=unique, DeadLetterConfig={"TargetArn": ""})
    after = client("lambda").get_function_configuration(FunctionName=unique)
    assert without(after, *CHANGES_ALWAYS) == without(function, "DeadLetterConfig", *CHANGES_ALWAYS)


def test_a_mapping_keeps_what_an_update_does_not_name(
    client: Client, unique: str, function: dict[str, Any]
) -> None:
    queue = client("sqs").create_queue(QueueName=unique)["QueueUrl"]
    arn = client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]
    made = client("lambda").create_event_source_mapping(
        EventSourceArn=arn["QueueArn"],
        FunctionName=unique,
        BatchSize=5,
        Enabled=True,
        FunctionResponseTypes=["ReportBatchItemFailures"],
        FilterCriteria={"Filters": [{"Pattern": '{"body": ["a"]}'}]},
        ScalingConfig={"MaximumConcurrency": 3},
    )
    client("lambda").update_event_source_mapping(UUID=made["UUID"], Enabled=False)
    after = client("lambda").get_event_source_mapping(UUID=made["UUID"])
    changing = ("State", "LastModified", "ResponseMetadata", "Enabled")
    assert without(after, *changing) == without(made, *changing)
    assert after["State"] == "Disabled"
    client("lambda").update_event_source_mapping(UUID=made["UUID"], BatchSize=7)
    assert client("lambda").get_event_source_mapping(UUID=made["UUID"])["State"] == "Disabled"


def test_tags_of_a_function_are_merged(client: Client, function: dict[str, Any]) -> None:
    functions, arn = client("lambda"), function["FunctionArn"]
    functions.tag_resource(Resource=arn, Tags={"a": "1", "b": "1"})
    functions.tag_resource(Resource=arn, Tags={"b": "2", "c": "2"})
    assert functions.list_tags(Resource=arn)["Tags"] == {"a": "1", "b": "2", "c": "2"}
