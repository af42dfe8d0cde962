"""The chaos that `make chaos` plays: it is the same for the same seed, and sees what is broken."""

import json
from collections.abc import Iterator

import pytest
import structlog
from typer.testing import CliRunner

from handlers.jobs.states import JobState
from handlers.sweeper import service as sweeping
from tests.handlers.life.chaos import play as playing
from tests.handlers.life.chaos.__main__ import app
from tests.handlers.life.chaos.play import play

RENDERS = 20


@pytest.fixture(autouse=True)
def unlogged() -> Iterator[None]:
    before = structlog.get_config()
    yield
    structlog.configure(**before)


@pytest.mark.short_form(1)
@pytest.mark.parametrize("seed", range(11, 31))
def test_whatever_goes_wrong_each_render_ends_once_and_is_told_once(seed: int) -> None:
    played = play(seed, RENDERS)
    assert played.broken == []
    assert len(played.accepted) == RENDERS
    assert sum(played.states.values()) == RENDERS
    assert set(played.states) <= {JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED}
    assert played.faults


def test_the_same_seed_plays_the_same_faults_and_another_one_others() -> None:
    first, again, other = (play(seed, 5) for seed in (5, 5, 6))
    assert first == again
    assert first.digest != other.digest


def test_messages_that_nobody_repairs_are_seen_as_lost_renders(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeping, "lost", lambda *_, **__: iter(()))
    monkeypatch.setattr(playing, "REST_S", 900.0)
    result = CliRunner().invoke(app, ["--renders", "20", "--seed", "3", "--json"])
    assert result.exit_code == 1
    found = json.loads(result.stdout)
    assert found["lost"] > 0
    assert found["broken"][0].startswith("lost: r_")
