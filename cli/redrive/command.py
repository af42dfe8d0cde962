"""`clipit redrive`: failed renders tried anew."""

import json
import sys
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from cli.exits import MEANINGS, Exit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cli.redrive.redriving import Redriving, Told

app = typer.Typer()


@app.command(epilog=MEANINGS)
def redrive(
    job_id: Annotated[str | None, typer.Argument(metavar="[JOB_ID]", help="The failed render.")] = None,
    fleet: Annotated[str | None, typer.Option(help="The fleet whose dead letters are meant.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every dead letter of the fleet.")] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Also what failed for good, such as a refused composition.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="As a JSON object.")] = False,
) -> None:
    """Have failed renders tried anew, with all their attempts (operators only).

    The render is queued again, its message is sent and its dead letter removed. Doing it twice does it once.
    """
    one = job_id is not None and fleet is None and not everything
    if not one and not (job_id is None and fleet is not None and everything):
        raise typer.BadParameter("give either a JOB_ID, or --fleet NAME with --all")
    from cli.redrive.redriving import OPERATING_PROBLEMS, exit_of  # noqa: PLC0415 - boto3 is heavy

    try:
        operator = _operator()
        done = operator.one(job_id, force=force) if job_id else operator.all_of(fleet or "", force=force)
    except OPERATING_PROBLEMS as problem:
        _fail(problem)
    _tell(done, as_json=as_json)
    raise typer.Exit(exit_of(done, everything=everything))


def _operator() -> "Redriving":
    import boto3  # noqa: PLC0415 - heavy

    from cli import operating  # noqa: PLC0415 - boto3 is heavy
    from cli.redrive.redriving import Redriving  # noqa: PLC0415 - boto3 is heavy
    from cli.redrive.stack_queues import Place  # noqa: PLC0415 - only this command needs it

    place = Place.from_environment()
    with operating.making_clients():
        return Redriving(place, boto3.Session(region_name=place.region))


def _tell(done: "Sequence[Told]", *, as_json: bool) -> None:
    if as_json:
        shown = [{"job": one.job, "outcome": one.outcome.value, "text": one.text} for one in done]
        print(json.dumps({"renders": shown}))
        return
    for one in done:
        (sys.stderr if one.exit else sys.stdout).write(f"{one.job or '-'}  {one.text}\n")
    if not done:
        print("there are no dead letters")


def _fail(problem: Exception) -> NoReturn:
    sys.stderr.write(f"redrive: {problem}\n")
    raise typer.Exit(Exit.FAILED)
