"""A function's process: deployed code, deployed environment, errors, timeouts."""

import json
import os
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from local.emulator.connection import Connection
from local.lambda_service.functions import Deployed, Function, FunctionError
from local.processes import children
from local.telemetry.measurements import Measurements

CONNECTION = Connection("http://127.0.0.1:9", "eu-central-1")
DEPLOYED = Deployed(
    name="echo",
    arn="arn:aws:lambda:eu-central-1:123456789012:function:echo",
    handler="main.handler",
    timeout_s=10,
    memory_mib=128,
    code_sha256="0" * 44,
    environment=(("CLIPIT_FLEET", "cpu"),),
    log_group="/aws/lambda/echo",
)

Start = Callable[..., Function]


@pytest.fixture
def start(tmp_path: Path, run: str) -> Iterator[Start]:
    started: list[Function] = []

    def begin(code: str, deployed: Deployed = DEPLOYED) -> Function:
        (tmp_path / "main.py").write_text(textwrap.dedent(code))
        log = tmp_path / "function.log"
        function = Function(
            deployed=deployed,
            connection=CONNECTION,
            run=run,
            folder=tmp_path,
            log=log,
            measurements=Measurements(CONNECTION),
        )
        started.append(function)
        return function

    yield begin
    for function in started:
        function.end()


def test_the_handler_gets_the_event_and_its_result_comes_back(start: Start) -> None:
    function = start("def handler(event, context): return {'was': event, 'name': context.function_name}")
    assert function.invoke({"a": 1}) == {"was": {"a": 1}, "name": "echo"}


def test_one_process_serves_many_invocations(start: Start) -> None:
    function = start("import os\ndef handler(event, context): return os.getpid()")
    assert function.invoke({}) == function.invoke({}) != os.getpid()


def test_the_environment_is_the_deployed_one_and_nothing_of_ours(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLIPIT_TABLE", "of somebody else")
    function = start("import os\ndef handler(event, context): return dict(os.environ)")
    seen = function.invoke({})
    assert isinstance(seen, dict)
    assert {name: value for name, value in seen.items() if name.startswith("CLIPIT_")} == {
        "CLIPIT_FLEET": "cpu"
    }
    assert seen["AWS_ENDPOINT_URL"] == CONNECTION.endpoint


def test_the_checkout_cannot_be_imported(start: Start) -> None:
    function = start("def handler(event, context): import components")
    with pytest.raises(FunctionError, match="ModuleNotFoundError: No module named 'components'"):
        function.invoke({})


def test_what_the_handler_prints_goes_to_the_log_and_not_into_the_result(start: Start) -> None:
    function = start("def handler(event, context): print('a line'); return 1")
    assert function.invoke({}) == 1
    assert "a line" in function.log.read_text()


def test_an_exception_is_an_error_and_the_process_goes_on(start: Start) -> None:
    function = start("def handler(event, context): return 1 / event['by']")
    with pytest.raises(FunctionError, match="ZeroDivisionError"):
        function.invoke({"by": 0})
    assert function.invoke({"by": 1}) == 1


def test_a_process_that_ends_is_an_error_and_is_replaced(start: Start) -> None:
    function = start(
        "import os\ndef handler(event, context): os._exit(3) if event['end'] else None; return 'back'"
    )
    with pytest.raises(FunctionError, match="Runtime exited"):
        function.invoke({"end": True})
    assert function.invoke({"end": False}) == "back"


def test_the_deployed_timeout_ends_the_process(start: Start, run: str) -> None:
    function = start(
        "import time\ndef handler(event, context): time.sleep(60)", replace(DEPLOYED, timeout_s=0.5)
    )
    function.warm()
    assert children.marked(run)
    with pytest.raises(FunctionError, match=r"Task timed out after 0\.50 seconds"):
        function.invoke({})
    assert told(function)[-1]["record"]["status"] == "timeout"
    assert not children.marked(run)


def test_code_that_cannot_be_loaded_says_why(start: Start) -> None:
    function = start("import nowhere")
    with pytest.raises(FunctionError, match=r"main\.handler could not be loaded: ModuleNotFoundError"):
        function.warm()


def test_ending_a_function_ends_its_process(start: Start, run: str) -> None:
    function = start("def handler(event, context): return 1")
    function.warm()
    function.end()
    assert not children.marked(run)


def test_a_function_that_was_ended_starts_no_process_for_a_late_invocation(start: Start, run: str) -> None:
    function = start("def handler(event, context): return 1")
    function.warm()
    function.end()
    with pytest.raises(FunctionError, match="echo has ended"):
        function.invoke({})
    assert children.marked(run) == set()


def told(function: Function) -> list[dict[str, Any]]:
    """What Lambda itself, or its runtime, logged."""
    lines = [json.loads(line) for line in function.log.read_text().splitlines() if line.startswith("{")]
    return [line for line in lines if line.get("type") != "platform.start"]


def measured(function: Function) -> list[tuple[str, float]]:
    taken = function.measurements._taken()
    return [(datum["MetricName"], datum["Value"]) for datum in taken["AWS/Lambda"]]


def test_an_invocation_is_measured_and_reported(start: Start) -> None:
    function = start("def handler(event, context): return 1")
    function.invoke({})
    (report,) = told(function)
    assert (report["type"], report["record"]["status"]) == ("platform.report", "success")
    took = report["record"]["metrics"]["durationMs"]
    assert measured(function) == [("Invocations", 1), ("Errors", 0), ("Duration", took)]


def test_an_error_of_the_handler_is_one_line_with_its_type_and_counts(start: Start) -> None:
    function = start("def handler(event, context): return 1 / 0")
    with pytest.raises(FunctionError):
        function.invoke({})
    error, report = told(function)
    assert (error["level"], error["errorType"]) == ("ERROR", "ZeroDivisionError")
    assert (report["record"]["status"], dict(measured(function))["Errors"]) == ("error", 1)


def test_code_that_cannot_be_imported_is_logged_as_the_runtime_does_and_counts(start: Start) -> None:
    function = start("import nowhere")
    with pytest.raises(FunctionError):
        function.invoke({})
    error, _ = told(function)
    assert error["errorType"] == "Runtime.ImportModuleError"
    assert dict(measured(function))["Errors"] == 1
