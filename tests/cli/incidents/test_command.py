"""What `clipit incidents` writes: the rows of which the pages kept every promise, after a calm day."""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import replace

import pytest

from cli.exits import CommandError
from cli.incidents import calm, command, opening, report
from cli.incidents.calm import Day
from cli.incidents.healthy import Healthy
from cli.incidents.incident import Incident
from cli.incidents.played import Played
from tests.cli.incidents.test_report import PLAYED

BAD, GOOD, STUCK = (
    replace(PLAYED.incident, rings=f"{name}-Fire", breaks=lambda _: nullcontext())
    for name in ("bad", "good", "stuck")
)


class Player:
    """One incident is as it should be, one is not, and one does not ring."""

    def __init__(self, **_: object) -> None:
        """It plays on no stack."""

    def play(self, together: Sequence[Incident]) -> list[Played]:
        if STUCK in together:
            raise CommandError("the alarms ring: not within 600 s")
        return [replace(PLAYED, incident=one) for one in together]


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Callable[[Sequence[str]], list[str]]:
    """The alarms whose rows are written after a day with such problems."""

    def run(problems_of_day: Sequence[str]) -> list[str]:
        kept: list[str] = []
        day = Day(healthy=Healthy(printed={}), problems=problems_of_day)
        monkeypatch.setattr(opening, "opened", nullcontext)
        monkeypatch.setattr(calm, "passed", lambda _stack, _chosen: day)
        monkeypatch.setattr(command, "Player", Player)
        monkeypatch.setattr(command, "INCIDENTS", (BAD, STUCK, GOOD, replace(GOOD, rings="not-chosen")))
        monkeypatch.setattr(Played, "problems", lambda one, _: ["it burns"] if one.incident == BAD else [])
        monkeypatch.setattr(report, "write", lambda rows: kept.extend(one.incident.rings for one in rows))
        with pytest.raises(CommandError, match="it burns"):
            command.incidents([BAD.rings, STUCK.rings, GOOD.rings], write=True)
        return kept

    return run


def test_one_incident_that_fails_costs_no_row_of_another_one(
    written: Callable[[Sequence[str]], list[str]],
) -> None:
    assert written([]) == [GOOD.rings]


def test_nothing_is_written_after_a_day_that_was_not_calm(
    written: Callable[[Sequence[str]], list[str]],
) -> None:
    assert written(["kitchen-Fire rang on a calm day"]) == []
