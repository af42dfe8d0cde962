"""Functions and what calls them, against moto; nothing here runs a function, so nothing needs Docker."""

import json

import pytest

from local.provider.values import Archive, Asset

FUNCTION = "aws:lambda/function:Function"
MAPPING = "aws:lambda/eventSourceMapping:EventSourceMapping"
LAYER = "arn:aws:lambda:eu-central-1:017000801446:layer:AWSLambdaPowertoolsPythonV3-python313-x86_64:18"
FILTER = {"filters": [{"pattern": json.dumps({"eventName": ["INSERT"]})}]}


def code(text):
    return Archive(hash=text, assets={"main.py": Asset(hash=text, text=text)})


@pytest.fixture
def inputs(role):
    return {
        "name": "scaler",
        "role": role,
        "runtime": "python3.13",
        "handler": "main.handler",
        "code": code("x = 1"),
        "environment": {"variables": {"CLIPIT_FLEET": "cpu"}},
        "timeout": 30,
        "memorySize": 256,
        "reservedConcurrentExecutions": 1,
        "layers": [LAYER],
        "tracingConfig": {"mode": "Active"},
        "tags": {"Project": "p"},
    }


@pytest.fixture
def function(stack, inputs):
    return stack.create(FUNCTION, inputs)


@pytest.fixture
def queue(stack):
    return stack.create("aws:sqs/queue:Queue", {"name": "source"}).outputs["arn"]


@pytest.fixture
def stream(stack):
    table = {
        "name": "jobs",
        "billingMode": "PAY_PER_REQUEST",
        "hashKey": "pk",
        "attributes": [{"name": "pk", "type": "S"}],
        "streamEnabled": True,
        "streamViewType": "NEW_IMAGE",
    }
    return stack.create("aws:dynamodb/table:Table", table).outputs["streamArn"]


def test_a_function_tells_its_addresses_and_is_gone_once_deleted(stack, function):
    arn = "arn:aws:lambda:eu-central-1:123456789012:function:scaler"
    assert function.outputs["arn"] == arn
    assert function.outputs["qualifiedArn"] == f"{arn}:$LATEST"
    assert function.outputs["invokeArn"] == (
        f"arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions/{arn}/invocations"
    )
    stack.delete(function)


@pytest.mark.short_form(2)
@pytest.mark.parametrize(
    "change",
    [
        {"environment": {"variables": {"CLIPIT_FLEET": "gpu", "MORE": "1"}}},
        {"environment": None},
        {"timeout": 60, "memorySize": 512},
        {"reservedConcurrentExecutions": 2},
        {"reservedConcurrentExecutions": -1},
        {"reservedConcurrentExecutions": 0},
        {"tags": {"Owner": "o"}},
        {"description": "says what it does"},
        {"tracingConfig": {"mode": "PassThrough"}, "layers": []},
    ],
    ids=str,
)
def test_a_function_is_changed_in_place(stack, function, change):
    stack.update(function, **change)


def test_a_function_without_its_dead_letter_queue_has_none(stack, inputs):
    dead = {"targetArn": "arn:aws:sqs:eu-central-1:123456789012:dead"}
    function = stack.create(FUNCTION, inputs | {"deadLetterConfig": dead})
    assert stack.drift(stack.update(function, deadLetterConfig=None)) == {}


def test_other_code_gives_another_digest(stack, function):
    changed = stack.update(function, code=code("x = 2"))
    assert changed.outputs["codeSha256"] != function.outputs["codeSha256"]


def test_every_change_of_a_publishing_function_is_a_version(stack, inputs):
    function = stack.create(FUNCTION, inputs | {"publish": True})
    assert function.outputs["version"] == "1"

    assert stack.update(function, code=code("x = 2")).outputs["version"] == "2"


def test_code_and_variables_changed_by_hand_are_drift(stack, function):
    stack.aws.call("lambda", "update_function_code", FunctionName="scaler", ZipFile=code("evil").zip())
    stack.aws.call(
        "lambda",
        "update_function_configuration",
        FunctionName="scaler",
        Environment={"Variables": {"CLIPIT_FLEET": "gpu"}},
    )

    assert stack.drift(function) == {"code": None, "environment": {"variables": {"CLIPIT_FLEET": "gpu"}}}


def test_a_function_reserves_no_concurrency_once_it_was_taken_away_by_hand(stack, function):
    stack.aws.call("lambda", "delete_function_concurrency", FunctionName="scaler")
    assert stack.drift(function) == {"reservedConcurrentExecutions": -1}


def test_another_name_needs_another_function(stack, function):
    assert stack.replaces(function, name="sweeper")


@pytest.mark.parametrize(
    ("change", "key", "reason"),
    [
        ({"name": "f" * 65}, "name", "65 characters"),
        ({"runtime": "python3.7"}, "runtime", "not allowed"),
        ({"memorySize": 64}, "memorySize", "128 to 10240"),
        ({"timeout": 901}, "timeout", "1 to 900"),
        ({"handler": None}, "handler", "zip package"),
        ({"code": None}, "code", "exactly one"),
        ({"s3Key": "k"}, "s3Key", "need each other"),
        ({"layers": ["powertools"]}, "layers", "not the ARN"),
        ({"layers": [LAYER] * 6}, "layers", "at most 5"),
        ({"ephemeralStorage": {"size": 100}}, "ephemeralStorage.size", "512 to"),
        ({"environment": {"variables": {"AWS_REGION": "x"}}}, "environment", "Lambda itself"),
        ({"environment": {"variables": {"A": "x" * 5000}}}, "environment", "at most 4096"),
        ({"environment": {"variables": {"1A": "x"}}}, "environment", "variable's name"),
    ],
)
def test_a_function_that_lambda_refuses_is_refused(stack, inputs, change, key, reason):
    assert reason in stack.refusals(FUNCTION, inputs | change)[key]


def test_a_missing_code_folder_is_refused(stack, inputs):
    missing = Archive(hash="h", path="no/such/folder")
    assert "no/such/folder" in stack.refusals(FUNCTION, inputs | {"code": missing})["code"]


@pytest.mark.usefixtures("function")
def test_a_queue_mapping_is_created_changed_and_deleted(stack, queue):
    given = {
        "functionName": "scaler",
        "eventSourceArn": queue,
        "batchSize": 5,
        "functionResponseTypes": ["ReportBatchItemFailures"],
        "scalingConfig": {"maximumConcurrency": 2},
        "tags": {"Project": "p"},
    }
    mapping = stack.create(MAPPING, given)

    mapping = stack.update(mapping, batchSize=10, enabled=False)
    mapping = stack.update(mapping, scalingConfig={"maximumConcurrency": 4}, tags={"Owner": "o"})
    assert stack.replaces(mapping, eventSourceArn=f"{queue}-other")
    stack.delete(mapping)


def test_a_stream_mapping_with_filters_and_a_destination_is_created_and_changed(
    stack, function, stream, queue
):
    given = {
        "functionName": function.outputs["arn"],
        "eventSourceArn": stream,
        "startingPosition": "LATEST",
        "filterCriteria": FILTER,
        "maximumBatchingWindowInSeconds": 0,
        "maximumRetryAttempts": 3,
        "bisectBatchOnFunctionError": True,
        "destinationConfig": {"onFailure": {"destinationArn": queue}},
    }
    mapping = stack.create(MAPPING, given)

    other = {"filters": [{"pattern": json.dumps({"eventName": ["MODIFY"]})}]}
    mapping = stack.update(mapping, filterCriteria=other, parallelizationFactor=2)
    stack.update(mapping, filterCriteria=None)


@pytest.mark.usefixtures("function")
def test_a_mapping_switched_off_by_hand_is_drift(stack, queue):
    mapping = stack.create(MAPPING, {"functionName": "scaler", "eventSourceArn": queue, "enabled": True})
    stack.aws.call("lambda", "update_event_source_mapping", UUID=mapping.id, Enabled=False)

    assert stack.drift(mapping) == {"enabled": False}


@pytest.mark.parametrize(
    ("change", "key", "reason"),
    [
        ({"batchSize": 11}, "batchSize", "maximumBatchingWindowInSeconds"),
        ({"startingPosition": "LATEST"}, "startingPosition", "not for a queue"),
        ({"maximumRetryAttempts": 1}, "maximumRetryAttempts", "not for a queue"),
        ({"eventSourceArn": "arn:aws:dynamodb:r:1:table/t/stream/s"}, "startingPosition", "for a stream"),
        ({"scalingConfig": {"maximumConcurrency": 1}}, "scalingConfig.maximumConcurrency", "2 to 1000"),
        ({"filterCriteria": {"filters": [{"pattern": '{"a": "b"}'}]}}, "filterCriteria", "into a list"),
        ({"filterCriteria": {"filters": [{"pattern": "{oops"}]}}, "filterCriteria", "not JSON"),
        ({"functionName": None}, "functionName", "required"),
    ],
)
def test_a_mapping_that_lambda_refuses_is_refused(stack, change, key, reason):
    given = {"functionName": "f", "eventSourceArn": "arn:aws:sqs:r:1:q"}
    assert reason in stack.refusals(MAPPING, given | change)[key]
