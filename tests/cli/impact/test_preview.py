"""What a preview would change, read from event logs that the Pulumi CLI wrote."""

import json
from pathlib import Path

import pytest

from cli.event_log import EventLogError
from cli.impact.preview import Action, read

PREVIEWS = Path(__file__).with_name("previews")
URN = "urn:pulumi:prod::clip-it::clip-it:job_store:JobStore$aws:sqs/queue:Queue::renders"
SUMMARY = {"summaryEvent": {"resourceChanges": {"same": 7}, "result": "succeeded"}}


def step(op: str, urn: str = URN, **more: object) -> dict[str, object]:
    return {"resourcePreEvent": {"metadata": {"op": op, "urn": urn, "new": {"custom": True}, **more}}}


def log(*events: object) -> str:
    return "".join(f"{json.dumps(event)}\n" for event in events)


def test_a_replacement_is_one_change_with_the_inputs_that_cause_it() -> None:
    preview = read((PREVIEWS / "replaced-table.jsonl").read_text())
    (table,) = [change for change in preview.changes if change.name == "job-store"]
    assert (table.action, table.type) == (Action.REPLACE, "aws:dynamodb/table:Table")
    assert table.because == ("attributes", "hashKey")
    assert len(preview.changes) == 3
    assert (preview.stack, preview.unchanged, preview.complete) == ("local", 166, True)


def test_components_are_no_changes() -> None:
    preview = read((PREVIEWS / "removed-fleet.jsonl").read_text())
    assert not [change for change in preview.changes if change.type.startswith("clip-it:")]
    deleted = {change.name for change in preview.changes if change.action is Action.DELETE}
    assert {"cpu-queue-renders", "cpu-fleet", "cpu-scaler"} <= deleted


def test_what_stays_and_what_is_only_read_is_no_change() -> None:
    preview = read(log(step("same"), step("read"), step("refresh"), SUMMARY))
    assert preview.changes == ()
    assert preview.unchanged == 7


@pytest.mark.parametrize(
    "ops", [("delete-replaced", "replace", "create-replacement"), ("import-replacement",)]
)
def test_the_steps_of_a_replacement_come_in_any_order(ops: tuple[str, ...]) -> None:
    for order in (ops, ops[::-1]):
        (change,) = read(log(*map(step, order), SUMMARY)).changes
        assert change.action is Action.REPLACE


def test_a_name_may_hold_colons() -> None:
    (change,) = read(log(step("create", f"{URN}::more::of it"), SUMMARY)).changes
    assert change.name == "renders::more::of it"


def test_a_failed_run_is_incomplete() -> None:
    assert not read(log(step("create"), {"summaryEvent": {"result": "failed"}})).complete


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no summary"),
        ("{}", "no summary"),
        ("[]", "no summary"),
        ("nothing", "line 1 is no JSON"),
        (log(step("create")), "no summary"),
        (log(SUMMARY)[:-20], "no JSON"),
        (log(step("create"), SUMMARY)[:-20], "cut off"),
        (log(step("create", "queue"), SUMMARY), "'queue', which is no URN"),
        (log(step("create", None), SUMMARY), "None, which is no URN"),  # type: ignore[arg-type]
    ],
)
def test_a_text_that_is_no_whole_log_is_refused(text: str, why: str) -> None:
    with pytest.raises(EventLogError, match=why):
        read(text)


@pytest.mark.parametrize("state", [None, [], {"custom": True, "inputs": []}, {"custom": True}])
@pytest.mark.parametrize("names", [None, "policy", [None]])
def test_fields_of_another_shape_leave_the_change_known(state: object, names: object) -> None:
    text = log(step("update", old=state, diffs=names), {"summaryEvent": {"resourceChanges": []}})
    (change,) = read(text).changes
    assert change.action is Action.UPDATE
