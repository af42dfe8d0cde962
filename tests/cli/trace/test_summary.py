"""The figures of a render count only a boot that it waited for."""

from dataclasses import replace

import pytest

from cli.trace.facts import Line
from cli.trace.summary import summary_of
from tests.cli.trace.story import PLACE, RENDER, Aws, T, reading

TOLD = reading(Aws()).of(RENDER)


def completed(after: float, instance: str, seconds: float = 42.0) -> Line:
    fields = {"instance": instance, "BootSeconds": seconds}
    return Line(at=T + after, room="render_agent", event="launch_completed", fields=fields)


def test_a_boot_is_that_of_the_first_instance() -> None:
    found = summary_of(TOLD, PLACE)
    assert found.boot_s == 90
    assert found.usd == pytest.approx((90 + 200) * 0.36 / 3600)


@pytest.mark.parametrize(
    "line", [completed(50, "i-2"), completed(-1, "i-1")], ids=["of another instance", "before the submission"]
)
def test_a_boot_that_the_render_did_not_wait_for_is_none(line: Line) -> None:
    found = summary_of(replace(TOLD, lines=(line,), launches=()), PLACE)
    assert found.boot_s is None
    assert found.usd == pytest.approx(200 * 0.36 / 3600)


def test_another_boot_does_not_hide_the_one_that_it_waited_for() -> None:
    lines = (completed(20, "i-2", 7.0), completed(97, "i-1"))
    assert summary_of(replace(TOLD, lines=lines), PLACE).boot_s == 42
