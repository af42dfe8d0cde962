"""`clipit logs`: the log lines of a render or of an instance, whole."""

import json
import re
import time
from datetime import UTC, datetime
from typing import Annotated

import typer

from cli import aws
from cli.exits import MEANINGS, CommandError
from cli.options import Stack
from cli.stack_place import StackPlace
from cli.stack_session import session_of
from cli.trace.calls import Calls
from cli.trace.facts import Line
from cli.trace.logs import LateQueryError, Logs, Span
from cli.trace.reading import Reading
from handlers.jobs.ids import JOB_ID

app = typer.Typer()
INSTANCE = re.compile(r"m?i-[0-9a-f]{8,17}")
SECONDS_AN_HOUR = 3600


@app.command(epilog=MEANINGS)
def logs(
    subject: Annotated[str, typer.Argument(metavar="ID", help="Id of the render or the instance.")],
    stack: Stack,
    hours: Annotated[int, typer.Option(min=1, max=168, help="For an instance: hours back from now.")] = 6,
) -> None:
    """Show the log lines of a render or of an instance.

    Those of a render are of all who wrote about it, without its customer's successful reads; those of an
    instance are of its agent. One JSON object a line, the oldest first, at most 1,000.
    """
    place = StackPlace.of(stack)
    session, endpoint = session_of(stack, place)
    with aws.making_clients(), aws.calling():
        try:
            found = lines_of(subject, place, Calls(session, endpoint), hours=hours)
        except LateQueryError as late:
            raise CommandError(f"Logs Insights: {late}; repeat the command") from late
    for line in found:
        when = f"{datetime.fromtimestamp(line.at, UTC):%Y-%m-%d %H:%M:%S.%f}"[:-3]
        print(f"{when}  {line.room:<12}  {json.dumps(dict(line.fields))}")
    if not found:
        raise CommandError(
            f"the log groups of {stack} hold no line about {subject}; a line may arrive a minute late: "
            "repeat the command, or look further back with --hours"
        )


def lines_of(subject: str, place: StackPlace, calls: Calls, *, hours: int) -> list[Line]:
    """The lines about a render or an instance.

    Raises:
        CommandError: It is neither.
        LateQueryError: Logs Insights did not answer in time.
    """
    if JOB_ID.fullmatch(subject):
        facts = Reading(place=place, calls=calls).of(subject)
        if failed := [one for one in facts.unread if one.what.startswith("logs of")]:
            raise LateQueryError(failed[0].why)
        return [line for line in facts.lines if line.text("job") == subject]
    if not INSTANCE.fullmatch(subject):
        raise CommandError(
            f"{subject!r} is no id of a render (r_...) or of an instance (i-...); "
            "`clipit list` and `clipit fleet status` show them"
        )
    now = time.time()
    groups = [place.fleet(fleet).log_group for fleet in place.fleets]
    span = Span(began=now - hours * SECONDS_AN_HOUR, ended=now)
    return Logs(client=calls.logs()).of_instance(subject, groups, span)
