"""The transition table, whole."""

from itertools import product

import pytest

from handlers.jobs.states import (
    TERMINAL,
    TRANSITIONS,
    EventKind,
    JobState,
    TransitionRefusedError,
    state_after,
)

EXPECTED = {
    None: {"submitted": "queued"},
    "queued": {
        "claimed": "rendering",
        "cancelled": "cancelled",
        "failed": "failed",
        "sent_again": "queued",
    },
    "rendering": {
        "attempt_failed": "queued",
        "interrupted": "queued",
        "lease_lost": "queued",
        "cancel_requested": "rendering",
        "succeeded": "succeeded",
        "failed": "failed",
        "cancelled": "cancelled",
    },
    "succeeded": {},
    "failed": {"redriven": "queued"},
    "cancelled": {},
}


@pytest.mark.parametrize(("state", "kind"), list(product([None, *JobState], EventKind)))
def test_every_pair_of_state_and_event_is_decided(state: JobState | None, kind: EventKind) -> None:
    following = EXPECTED[state].get(kind)
    if following:
        assert state_after(state, kind) == following
    else:
        with pytest.raises(TransitionRefusedError, match=kind):
            state_after(state, kind)


def test_only_a_redrive_leads_out_of_a_terminal_state_and_every_state_can_be_reached() -> None:
    leading_out = {(state, kind) for state, kind in TRANSITIONS if state in TERMINAL}
    assert leading_out == {(JobState.FAILED, EventKind.REDRIVEN)}
    assert set(TRANSITIONS.values()) == set(JobState)
    assert {state for state in JobState if state.terminal} == TERMINAL


def test_a_refusal_says_what_could_happen() -> None:
    with pytest.raises(TransitionRefusedError, match="only cancelled, claimed, failed, sent_again"):
        state_after(JobState.QUEUED, EventKind.SUCCEEDED)
