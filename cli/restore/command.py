"""`clipit restore`: a point-in-time copy beside the table, compared and copied back."""

import json
import shlex
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated

import typer

from cli import aws
from cli.deployed_stack import DeployedStack
from cli.exits import MEANINGS, CommandError, Exit
from cli.options import AsJson, Deadline, Stack, Yes
from cli.pulumi import Pulumi
from cli.restore.restoring import Restoring, Tally
from cli.restore.tables import Copy, NoCopyError, Tables
from cli.terminal import printable
from handlers.jobs.store.keys import Key

app = typer.Typer(
    name="restore",
    no_args_is_help=True,
    help="Bring back items of the table from a point-in-time copy beside it.",
    epilog=MEANINGS,
)
_ASK_S = 5.0


def _key(text: str) -> Key:
    """A key as an interrupted run prints it; a sort key has no space."""
    pk, _, sk = text.rpartition(" ")
    if not pk:
        raise typer.BadParameter("give the key that an interrupted run has printed, such as 'JOB#r_01h JOB'")
    return Key(pk, sk)


After = Annotated[
    Key | None,
    typer.Option(parser=_key, metavar="KEY", help="Key after which to go on; an interrupted run prints it."),
]


class LateError(CommandError):
    """The copy was not ready in time; AWS goes on making it."""

    code = Exit.TOO_LATE


def _instant(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter("give a time such as 2026-11-30T09:15:00Z") from None
    if at.tzinfo is None:
        raise typer.BadParameter("give the time zone too, such as 2026-11-30T09:15:00Z")
    return at.astimezone(UTC)


@app.command(epilog=MEANINGS)
def create(
    stack: Stack,
    at: Annotated[
        datetime, typer.Option(parser=_instant, metavar="TIME", help="Time before the damage, with its zone.")
    ],
    deadline: Deadline = 14_400.0,
    as_json: AsJson = False,
) -> None:
    """Make a copy of the table as it was at a point in time, and wait until it can be read.

    The copy stands beside the table under the table's name with `-restored`; nothing uses it. Where there is
    one already, the command waits for that one.
    """
    tables = _tables(stack)
    with aws.calling():
        if tables.copy() is None:
            tables.create(at)
        made = _wait(tables, deadline, pause=time.sleep, clock=time.monotonic)
    if made.at is not None and as_json:
        print(json.dumps({"table": tables.copy_name, "at": made.at, "items": made.items}))
    elif made.at is not None:
        print(f"{tables.copy_name} holds the items of {_shown(made.at)}; next: clipit restore compare")


def _wait(
    tables: Tables, deadline: float, *, pause: Callable[[float], None], clock: Callable[[], float]
) -> Copy:
    until, seen = clock() + deadline, ""
    while True:
        found = tables.copy()
        if found and found.ready:
            return found
        status = found.status if found else "not there yet"
        if status != seen:
            _say(f"{tables.copy_name}: {status}")
        seen = status
        if clock() > until:
            raise LateError(
                f"{tables.copy_name} is {status} after {deadline:.0f} s; repeat the command to wait"
            )
        pause(_ASK_S)


@app.command(epilog=MEANINGS)
def compare(stack: Stack, after: After = None, as_json: AsJson = False) -> None:
    """Compare the copy with the table, and change nothing.

    Exit code 7: the table lacks items of the copy, or has them damaged, and `clipit restore apply` would copy
    them back.
    """
    tables, tally = _ready(stack), Tally(done_to=after)
    with _resumable("compare", stack, tally), aws.calling():
        Restoring(pages=tables, say=_say).compare(tally)
    _print(tally, as_json=as_json)
    if tally.to_copy_back:
        raise typer.Exit(Exit.DRIFTED)


@app.command(epilog=MEANINGS)
def apply(
    stack: Stack,
    after: After = None,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Copy back what the table lacks or has damaged, while the service runs.

    Each write is on condition that the item has not changed since it was compared, so nothing newer is
    overwritten. Repeating the command is harmless.
    """
    tables, tally = _ready(stack), Tally(done_to=after)
    if not yes and not typer.confirm(f"Copy items back into the table of {stack}?", err=True):
        raise CommandError("nothing was copied back")
    with _resumable("apply", stack, tally), aws.calling():
        Restoring(pages=tables, say=_say).apply(tally)
    _print(tally, as_json=as_json)


@app.command(epilog=MEANINGS)
def delete(stack: Stack, as_json: AsJson = False) -> None:
    """Delete the copy; the table stays."""
    tables = _tables(stack)
    with aws.calling():
        there = tables.copy() is not None
        if there:
            tables.delete()
    text = f"{tables.copy_name} is being deleted" if there else f"there is no {tables.copy_name}"
    print(json.dumps({"table": tables.copy_name, "deleted": there}) if as_json else text)


def _tables(stack: str) -> Tables:
    deployed = DeployedStack.read(Pulumi.of(stack))
    with aws.making_clients():
        return Tables.connect(deployed.text("table_name"), deployed.region)


def _ready(stack: str) -> Tables:
    tables = _tables(stack)
    with aws.calling():
        found = tables.copy()
    if found is None or not found.ready:
        raise NoCopyError(
            f"{tables.copy_name} is {found.status if found else 'not there'}; "
            f"`clipit restore create --stack {stack} --at TIME` makes it and waits for it"
        )
    return tables


@contextmanager
def _resumable(command: str, stack: str, tally: Tally) -> Iterator[None]:
    """Say after a failure or an interruption how far the run came and how to go on."""
    finished = False
    try:
        yield
        finished = True
    finally:
        if not finished:
            words = ["clipit", "restore", command, "--stack", stack]
            if tally.done_to:
                words += ["--after", f"{tally.done_to.pk} {tally.done_to.sk}"]
            _say(tally.line())
            _say(f"to go on: {shlex.join(words)}")


def _print(tally: Tally, *, as_json: bool) -> None:
    if as_json:
        counts = {"copied_back": tally.written, "overtaken": tally.overtaken}
        print(json.dumps({"items": tally.items, **counts, "kinds": tally.by_kind()}))
        return
    for kind, found in tally.by_kind().items():
        print(f"{kind:<9} " + ", ".join(f"{count:,} {what}" for what, count in found.items()))
    print(tally.line())


def _shown(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%SZ}"


def _say(text: str) -> None:
    sys.stderr.write(f"{printable(text)}\n")
