"""`clipit incidents`: plays incidents on a local stack of its own."""

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import groupby
from typing import Annotated

import typer
from botocore.exceptions import BotoCoreError, ClientError

from cli.exits import MEANINGS, CommandError
from cli.incidents import calm, opening, report
from cli.incidents.healthy import Healthy
from cli.incidents.incident import Incident
from cli.incidents.incidents import INCIDENTS
from cli.incidents.played import Played
from cli.incidents.player import Player, unmeasured, untyped
from cli.options import AsJson

app = typer.Typer()


@app.command(epilog=MEANINGS)
def incidents(
    alarms: Annotated[
        list[str] | None,
        typer.Argument(metavar="ALARM", help="Alarms to make ring, or their pages; all by default."),
    ] = None,
    write: Annotated[
        bool,
        typer.Option("--write", help="Write the rows without a problem into docs/runbooks/README.md."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Play an incident for each alarm, and mend it by the runbooks.

    On a local stack of its own, for each alarm that notifies: break something, wait until the alarm rings by
    its own expression and notifies its topic, type the commands of its page, compare what they print with
    what the page says, mend as the page says, and wait until the alarm is over. First a calm day rings
    nothing. A minute of CloudWatch lasts 3 seconds, and longer on a machine that is slow; hours in which
    nothing would happen are skipped.
    """
    chosen = _chosen(alarms or ())
    came = _played(chosen)
    print(json.dumps(report.document(came.played, came.problems)) if as_json else report.table(came.played))
    if write:
        report.write(came.kept)
    if came.problems:
        raise CommandError("\n".join(came.problems))


def _chosen(alarms: Sequence[str]) -> Sequence[Incident]:
    known = {one.rings for one in INCIDENTS} | {one.page for one in INCIDENTS}
    if unknown := sorted(set(alarms) - known):
        raise CommandError(
            f"no incident makes {', '.join(unknown)} ring; choose from {', '.join(sorted(known))}"
        )
    return [one for one in INCIDENTS if not alarms or {one.rings, one.page} & set(alarms)]


@dataclass(kw_only=True)
class _Came:
    """What came of the incidents."""

    problems: list[str] = field(default_factory=list)
    """What was not as it should be."""
    played: list[Played] = field(default_factory=list)
    kept: list[Played] = field(default_factory=list)
    """Those of which their pages have kept every promise, after a calm day."""


def _played(chosen: Sequence[Incident]) -> _Came:
    came = _Came()
    with opening.opened(_say) as stack:
        player = Player(cloud=stack, say=_say)
        _say("a calm day")
        day = calm.passed(stack, chosen)
        came.problems += day.problems
        _say("\n".join(day.problems) or "nothing rang, and everything could have")
        for _, together in groupby(chosen, key=lambda one: one.breaks):
            with _noted(came.problems):
                for one in player.play(list(together)):
                    found = _problems(one, day.healthy)
                    came.played.append(one)
                    came.problems += found
                    came.kept += [] if found or day.problems else [one]
        if len(chosen) == len(INCIDENTS):
            came.problems += [*unmeasured(stack), *untyped(came.played)]
    return came


def _problems(played: Played, healthy: Healthy) -> list[str]:
    """The problems of what was played, said at once."""
    name = played.incident.rings
    found = [f"{name}: {problem}" for problem in played.problems(healthy)]
    _say("\n".join(found) or f"{name}: rang after {played.rang_after} min, as its page says")
    return found


@contextmanager
def _noted(problems: list[str]) -> Iterator[None]:
    """Note why something ended early; what follows is played all the same."""
    try:
        yield
    except (CommandError, BotoCoreError, ClientError) as problem:
        _say(str(problem))
        problems.append(str(problem))


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
