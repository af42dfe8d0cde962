"""Whether an agent serves, told by its health file and its process; time moves only when a test says so."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from handlers.render_agent.bootstrap.health import Watched, check
from handlers.render_agent.bootstrap.steps import BootError

HEARTBEAT = 10.0


@dataclass
class Machine:
    """An agent whose life is a script: what happens at which second."""

    health: Path
    script: dict[float, Callable[["Machine"], None]] = field(default_factory=dict)
    time: float = 1000.0
    process: int | None = 17

    def now(self) -> float:
        return self.time

    def pause(self, seconds: float) -> None:
        self.time += seconds
        for at in [at for at in self.script if at <= self.time - 1000.0]:
            self.script.pop(at)(self)

    def beat(self) -> None:
        self.health.touch()
        os.utime(self.health, (self.time, self.time))

    def watched(self) -> Watched:
        return Watched(
            process=lambda: self.process,
            health=self.health,
            heartbeat_seconds=HEARTBEAT,
            now=self.now,
            pause=self.pause,
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path / "health")


def beats(*seconds: float) -> dict[float, Callable[[Machine], None]]:
    return dict.fromkeys(seconds, Machine.beat)


def dies(machine: Machine) -> None:
    machine.process = None


def comes_back(machine: Machine) -> None:
    machine.process = 18
    machine.beat()


def test_an_agent_that_beats_for_two_heartbeats_serves(machine: Machine) -> None:
    machine.script = beats(3, 13, 23)
    check(machine.watched())
    assert 23 < machine.time - 1000 < 24


def test_a_healthy_agent_of_long_ago_is_not_waited_for_longer(machine: Machine) -> None:
    machine.beat()
    machine.script = beats(10, 20)
    check(machine.watched())


@pytest.mark.parametrize(
    ("script", "problem"),
    [
        pytest.param({2.0: dies}, "ended before it had registered", id="before the first heartbeat"),
        pytest.param({}, "has not registered within 40 s", id="hangs"),
        pytest.param(
            {**beats(2), 5.0: dies, 10.0: comes_back}, "ended after it had registered", id="crash loop"
        ),
        pytest.param({**beats(2), 5.0: comes_back}, "ended after it had registered", id="another process"),
    ],
)
def test_an_agent_that_does_not_serve_is_told_from_one_that_does(
    machine: Machine, script: dict[float, Callable[[Machine], None]], problem: str
) -> None:
    machine.script = script
    with pytest.raises(BootError, match=problem):
        check(machine.watched())


def test_a_file_that_an_earlier_agent_has_left_proves_nothing(machine: Machine) -> None:
    machine.beat()
    machine.time += 3 * HEARTBEAT
    with pytest.raises(BootError, match="not registered"):
        check(machine.watched())


def test_an_agent_that_falls_silent_is_noticed(machine: Machine) -> None:
    machine.beat()
    machine.time += 2 * HEARTBEAT
    with pytest.raises(BootError, match="no longer heard"):
        check(machine.watched())
