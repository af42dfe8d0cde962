"""The policy `operator-read` allows what an operator's reading commands call, and nothing wider.

Does not prove that AWS evaluates the conditions as we mean them.
"""

import json
from fnmatch import fnmatchcase
from typing import Any

import pytest

from cli.console.allowed import OPERATIONS, action_of
from cli.fleet import status
from cli.stack_place import StackPlace
from cli.trace import calls
from handlers.jobs.store import keys
from tests.cli.trace.story import RENDER, Aws, reading

OF_THE_KEY = {"kms:Decrypt"}
STACKS = ["local", "dev", "prod"]


def statements(program: Any, stack: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(program(stack).exports["operator_read_policy"])["Statement"]
    return found


@pytest.mark.parametrize("stack", STACKS)
def test_it_allows_exactly_what_the_commands_call(program, stack: str) -> None:
    allowed = {action for one in statements(program, stack) for action in one["Action"]}
    assert {one["Effect"] for one in statements(program, stack)} == {"Allow"}
    of_console = {action_of(name) for name in OPERATIONS}
    assert allowed - OF_THE_KEY == calls.ACTIONS | status.ACTIONS | of_console


def test_the_console_may_call_what_the_other_commands_call() -> None:
    assert {action_of(name) for name in OPERATIONS} >= calls.ACTIONS | status.ACTIONS


@pytest.mark.parametrize("stack", STACKS)
def test_it_reads_the_log_groups_that_there_are(program, stack: str) -> None:
    groups = {one.inputs["name"] for one in program(stack).of("aws:cloudwatch/logGroup:LogGroup")}
    (logs,) = [one["Resource"] for one in statements(program, stack) if one["Action"] == ["logs:StartQuery"]]
    named = {arn.split(":log-group:")[1].removesuffix(":*") for arn in logs}
    assert named
    assert named <= groups


def test_it_reads_renders_and_their_surroundings_and_no_key_of_the_api(program) -> None:
    (table,) = [one for one in statements(program, "prod") if "dynamodb:Query" in one["Action"]]
    patterns = table["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]

    def readable(pk: str) -> bool:
        return any(fnmatchcase(pk, pattern) for pattern in patterns)

    for pk in (
        keys.job(RENDER).pk,
        keys.delivery(RENDER, 1).pk,
        keys.scaler("cpu").pk,
        keys.queued_pk("cpu"),
    ):
        assert readable(pk)
    for pk in (keys.api_key("d").pk, keys.api_keys_pk("acme"), keys.idempotency("acme", "k").pk):
        assert not readable(pk)


def test_it_reads_words_of_engines_and_bootstraps_and_no_video(program) -> None:
    (objects,) = [one["Resource"] for one in statements(program, "prod") if one["Action"] == ["s3:GetObject"]]
    logs = [one for one in reading(Aws()).of(RENDER).stored if one.words]
    assert {one.what for one in logs} == {"output", "bootstrap"}
    patterns = [arn.partition("/")[2] for arn in objects]
    for one in logs:
        assert any(fnmatchcase(one.key, pattern) for pattern in patterns), one.key
    assert not any(fnmatchcase("outputs/acme/r/1/video.mp4", pattern) for pattern in patterns)


@pytest.mark.parametrize("stack", STACKS)
def test_names_from_the_stack_file_are_those_of_the_program(program, stack: str) -> None:
    place, exports = StackPlace.of(stack), program(stack).exports
    assert place.store.table == exports["table_name"]
    assert place.store.outputs == exports["outputs_bucket"]
    assert {fleet: place.fleet(fleet).group for fleet in place.fleets} == exports["group_names"]
    assert place.function_logs("notifier").rpartition("/")[2] in exports["function_code"]
