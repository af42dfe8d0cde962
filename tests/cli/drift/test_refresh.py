"""What a refresh found to differ, read from event logs that the Pulumi CLI wrote."""

from pathlib import Path

import pytest

from cli.drift.refresh import differences
from cli.event_log import EventLogError
from cli.impact.preview import Action

REFRESHES = Path(__file__).with_name("refreshes")


def test_what_was_changed_and_what_was_deleted_is_found() -> None:
    found = differences((REFRESHES / "drifted.jsonl").read_text())
    assert [(each.name, each.action, each.because) for each in found] == [
        ("cpu-queue-renders", Action.UPDATE, ("visibilityTimeoutSeconds",)),
        ("observability-cpu-RenderWaitsTooLong", Action.DELETE, ()),
    ]


def test_a_stack_that_is_as_its_state_has_no_difference() -> None:
    assert differences((REFRESHES / "same.jsonl").read_text()) == ()


@pytest.mark.parametrize("text", ["", "{}", '{"resOutputsEvent": {}}'])
def test_a_log_without_an_end_is_refused(text: str) -> None:
    with pytest.raises(EventLogError):
        differences(text)
