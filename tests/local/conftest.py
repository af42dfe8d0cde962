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
class Heard:
    """Happenings in the order in which they were told."""

    all: list[StackEvent] = field(default_factory=list)

    def __call__(self, happening: StackEvent) -> None:
        self.all.append(happening)

    def kinds(self) -> list[str]:
        return [happening.kind for happening in self.all]

    def details(self, kind: str) -> list[str]:
        return [happening.detail for happening in self.all if happening.kind == kind]


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def eventually() -> Callable[[Callable[[], bool]], None]:
    """Wait for another process; the deadline is for a broken one only."""

    def wait(ready: Callable[[], bool]) -> None:
        deadline = time.monotonic() + DEADLINE_S
        while not ready():
            assert time.monotonic() < deadline, "it did not happen"
            time.sleep(0.02)

    return wait
