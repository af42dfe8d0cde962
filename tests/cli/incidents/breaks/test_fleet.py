"""A fleet that AWS gives no instance: only what was measured since then shows that a render waits."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from cli.incidents.breaks import fleet
from cli.incidents.shell import Shell
from local.emulator.connection import Connection
from tests.cli.incidents.conftest import FakeCloud


@dataclass(frozen=True, kw_only=True)
class EmptyingCloud(FakeCloud):
    """A cloud whose fleet is empty after a while; before, a render had waited too long."""

    emptied: list[datetime] = field(default_factory=list)
    since: list[datetime] = field(default_factory=list)

    @property
    def connection(self) -> Connection:
        scaling = SimpleNamespace(
            describe_auto_scaling_groups=lambda **_: {"AutoScalingGroups": []},
            suspend_processes=lambda **_: None,
            resume_processes=lambda **_: None,
        )
        return SimpleNamespace(autoscaling=lambda: scaling)  # type: ignore[return-value]

    def until(self, what: str, ready: Callable[[], bool], minutes: int | None = None) -> None:
        super().until(what, ready, minutes)
        if what == "the fleet is empty":
            self.emptied.append(datetime.now(UTC))

    def measured(self, namespace: str, metric: str, since: datetime, **dimensions: str) -> list[float]:
        self.since.append(since)
        return [61.0]


@pytest.mark.parametrize("breaks", [fleet.a_breaker_opens, fleet.a_render_waits])
def test_what_was_measured_before_the_fleet_was_empty_does_not_show_the_break(
    shell: Shell, breaks: Callable[[FakeCloud], AbstractContextManager[None]]
) -> None:
    cloud = EmptyingCloud.typed_in(
        shell,
    )
    with breaks(cloud):
        assert cloud.since[0] >= cloud.emptied[0]
