"""A cloud without a stack: a minute passes whenever the player listens, and one alarm rings as told."""

import os
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import pytest

from cli.incidents import cloud as module
from cli.incidents.cloud import Cloud, Compared
from cli.incidents.pages import Line
from cli.incidents.shell import Shell
from local.stack.runner import LocalStack

ALARM = "clip-it-local-kitchen-Fire"


@dataclass(frozen=True, kw_only=True)
class FakeCloud(Cloud):
    """A cloud whose alarms ring in some minutes and are OK in all others."""

    rings_in: range = range(0)
    alarms: tuple[str, ...] = (ALARM,)
    passed: list[int] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    functions: list[str] = field(default_factory=list)

    @classmethod
    def typed_in(cls, shell: Shell, **more: Any) -> Self:
        """The cloud of a local stack, on which somebody types into this shell."""
        return cls(
            stack=LocalStack(), shell=shell, settings=shell.settings, key="key", heard_at="queue", **more
        )

    @property
    def minutes(self) -> int:
        return len(self.passed)

    def states(self) -> Mapping[str, str]:
        return dict.fromkeys(self.alarms, "ALARM" if self.minutes in self.rings_in else "OK")

    def heard(self) -> list[tuple[str, str]]:
        self.passed.append(self.minutes)
        return [(alarm, "ALARM") for alarm in self.alarms if self.minutes in self.rings_in]

    def is_in(self, alarm: str, state: str) -> bool:
        if state == "OK":
            self.passed.append(self.minutes)
        return super().is_in(alarm, state)

    def submit(self, **more: object) -> str:
        return "r_1"

    def skip(self, minutes: int, *, behind: int | None = None) -> None:
        self.skipped.append(minutes)

    def open_shell(self, function: str) -> None:
        self.functions.append(function)

    def type(self, page: str, line: Line, *, diagnosing: bool = False, deadline_s: float = 5) -> str:
        self.commands.append(line.text)
        self.typed.append(
            Compared(
                page=page,
                line=line.text,
                command=line.text,
                printed="",
                mismatch="",
                diagnosing=diagnosing,
            )
        )
        return ""


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    shell = Shell(
        environment={"PATH": os.environ["PATH"], "AWS_ENDPOINT_URL": "http://127.0.0.1:9"},
        run=uuid.uuid4().hex,
        public_url="https://api.example.com",
        local_url="http://127.0.0.1:1",
        settings=tmp_path / "Pulumi.incidents.yaml",
    )
    yield shell
    shell.end()


@pytest.fixture
def cloud(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Callable[[range], FakeCloud]:
    monkeypatch.setattr(module, "_POLL_S", 0.0)

    def make(rings_in: range) -> FakeCloud:
        return FakeCloud.typed_in(shell, rings_in=rings_in)

    return make
