"""An emulator within the test process, and a recorder of what happens on a stack."""

import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from local.emulator import server
from local.emulator.connection import Connection
from local.processes import children
from local.stack_events import StackEvent

DEADLINE_S = 45.0


@pytest.fixture(scope="module")
def connection() -> Iterator[Connection]:
    with server.running() as url:
        yield Connection(url, "eu-central-1")


@pytest.fixture
def unique() -> str:
    return f"t{uuid.uuid4().hex[:10]}"


@pytest.fixture
def run() -> Iterator[str]:
    """The name of a run; whatever a test leaves behind is ended with it."""
    name = uuid.uuid4().hex
    yield name
    children.end_run(name, (), deadline_s=1.0)


@dataclass
class Recorder:
    """Events in the order in which they were reported."""

    all: list[StackEvent] = field(default_factory=list)

    def __call__(self, event: StackEvent) -> None:
        self.all.append(event)

    def kinds(self) -> list[str]:
        return [event.kind for event in self.all]

    def details(self, kind: str) -> list[str]:
        return [event.detail for event in self.all if event.kind == kind]


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def eventually() -> Callable[[Callable[[], bool]], None]:
    """Wait for another process; the deadline is for a broken one only."""

    def wait(ready: Callable[[], bool]) -> None:
        deadline = time.monotonic() + DEADLINE_S
        while not ready():
            assert time.monotonic() < deadline, "it did not happen"
            time.sleep(0.02)

    return wait
