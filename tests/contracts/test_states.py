"""Each copy of the states of a job agrees with `handlers/jobs/states.py`."""

import re
from pathlib import Path

import pytest

from components.naming import job_states
from handlers.jobs.states import TERMINAL, TRANSITIONS, JobState

DOCS = Path(__file__).parents[2] / "docs"


def test_components_filter_the_stream_by_these_states() -> None:
    assert list(job_states.JobState) == list(JobState), "mend components/naming/job_states.py"
    assert set(job_states.FINISHED) == TERMINAL, "mend FINISHED in components/naming/job_states.py"
    assert set(job_states.UNFINISHED) == set(JobState) - TERMINAL, "mend UNFINISHED there"


def test_the_picture_in_the_architecture_shows_every_transition_and_no_other() -> None:
    (picture,) = re.findall(r"stateDiagram-v2\n(.*?)```", (DOCS / "architecture.md").read_text(), re.DOTALL)
    arrows = set(re.findall(r"(\[\*\]|\w+) --> (\w+)", picture))
    wanted = {
        (before.value if before else "[*]", after.value)
        for (before, _), after in TRANSITIONS.items()
        if before is not after
    }
    assert arrows == wanted


def test_the_page_for_customers_says_of_each_state_what_the_answer_has() -> None:
    table = (DOCS / "api.md").read_text().split("| State | Additional fields |")[1].split("\n\n")[0]
    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) == [state.value for state in JobState]


@pytest.mark.parametrize("state", sorted(TERMINAL))
def test_the_page_for_customers_names_the_webhook_of_each_end(state: JobState) -> None:
    assert f"`render.{state.value}`" in (DOCS / "api.md").read_text()
