"""`clipit fleet status` and `clipit fleet shell`."""

import json
import subprocess
from collections.abc import Sequence
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from cli.fleet import command
from cli.fleet.status import ACTIONS, as_text, status_of
from cli.main import app
from cli.stack_place import StackPlace
from cli.stack_session import NoSuchTableError
from handlers.jobs.model import Priority
from handlers.jobs.states import JobState
from handlers.jobs.store.items import job_to_item
from tests.cli.trace.story import JOB, PLACE, RENDER, Aws, T

RUNNER = CliRunner()


def test_failed_boots_come_first_the_newest_before_older_ones() -> None:
    lines = as_text([status_of("cpu", PLACE, Aws())], T + 500).splitlines()
    assert lines[:3] == [
        "failed boot  cpu  i-8  60 s ago: Engine: no such file",
        "failed boot  cpu  i-7  7 min ago: Engine: no such file",
        "cpu: 2 instances, 2 desired, at most 5",
    ]


def test_each_instance_says_what_it_works_on() -> None:
    *_, busy, booting = as_text([status_of("cpu", PLACE, Aws())], T + 500).splitlines()
    assert busy.split() == [
        *("i-2", "InService", "Healthy", "eu-central-1a", "busy", RENDER, "attempt", "2,"),
        *("heard", "10", "s", "ago"),
    ]
    assert booting.endswith("no agent yet")


def test_the_renders_of_both_queues_are_counted() -> None:
    queued = tuple(
        job_to_item(
            replace(
                JOB,
                id=f"{RENDER[:-1]}{number}",
                composition_key=f"compositions/acme/{RENDER[:-1]}{number}.json",
                state=JobState.QUEUED,
                priority=priority,
                output=None,
                output_key=None,
                finished_at=None,
            )
        )
        for number, priority in enumerate([Priority.NORMAL, Priority.BULK, Priority.BULK])
    )
    found = status_of("cpu", PLACE, Aws(queued=queued))
    assert "  queued: 1 normal, 2 bulk" in as_text([found], T + 500).splitlines()
    assert (found.queues.normal, found.queues.bulk) == (1, 2)


def test_it_calls_only_what_it_lists() -> None:
    aws = Aws()
    status_of("cpu", PLACE, aws)
    assert set(aws.made) == ACTIONS


@pytest.fixture
def deployed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "Calls", lambda *_: Aws())
    monkeypatch.setattr(command, "session_of", lambda *_: (None, None))
    monkeypatch.setattr(StackPlace, "of", classmethod(lambda *_: PLACE))


@pytest.mark.usefixtures("deployed")
def test_it_prints_all_fleets_or_one_as_text_or_json() -> None:
    assert "cpu: 2 instances" in RUNNER.invoke(app, ["fleet", "status", "--stack", "dev"]).output
    (found,) = json.loads(RUNNER.invoke(app, ["fleet", "status", "cpu", "--stack", "dev", "--json"]).output)
    assert found["desired"] == 2
    assert RUNNER.invoke(app, ["fleet", "status", "tpu", "--stack", "dev"]).exit_code == 2


@pytest.mark.usefixtures("deployed")
def test_a_shell_is_session_managers_and_ends_as_it_does(monkeypatch: pytest.MonkeyPatch) -> None:
    typed: list[Sequence[str]] = []

    def run(words: Sequence[str], **_: object) -> subprocess.CompletedProcess[str]:
        typed.append(words)
        return subprocess.CompletedProcess(words, 3)

    monkeypatch.setattr(subprocess, "run", run)
    done = RUNNER.invoke(app, ["fleet", "shell", "i-0123456789abcdef0", "--stack", "dev"])
    assert done.exit_code == 3
    assert typed == [
        ["aws", "ssm", "start-session", "--target", "i-0123456789abcdef0", "--region", "eu-central-1"]
    ]


@pytest.mark.usefixtures("deployed")
@pytest.mark.parametrize(
    ("instance", "stack", "said"),
    [("--help-me", "dev", "No such option"), ("i-1;ls", "dev", "is no id"), ("i-1", "local", "is a process")],
)
def test_a_shell_takes_ids_of_instances_in_aws_alone(instance: str, stack: str, said: str) -> None:
    done = RUNNER.invoke(app, ["fleet", "shell", instance, "--stack", stack])
    assert done.exit_code
    assert said in done.output


def test_an_account_without_the_stack_is_said_with_what_to_check() -> None:
    aws = Aws(broken=frozenset({"Query"}), code="ResourceNotFoundException")
    with pytest.raises(NoSuchTableError, match="no table clip-it-dev-jobs"):
        status_of("cpu", PLACE, aws)
