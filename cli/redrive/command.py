"""`clipit redrive`: tries failed renders again."""

import json
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from cli import aws
from cli.exits import MEANINGS
from cli.options import AsJson
from cli.redrive.redriving import Redriving, Result, exit_of
from cli.redrive.stack_endpoints import StackEndpoints

app = typer.Typer()


@app.command(epilog=MEANINGS)
def redrive(
    render: Annotated[str | None, typer.Argument(metavar="RENDER", help="Id of the failed render.")] = None,
    fleet: Annotated[
        str | None, typer.Option(metavar="FLEET", help="Fleet whose dead letters to redrive.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every dead letter of the fleet.")] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Also redrive permanent failures, such as a refused composition.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Try failed renders again, with all their attempts.

    Queues the render again, sends its message and removes its dead letter. Repeating the command is safe.
    """
    one = render is not None and fleet is None and not everything
    if not one and not (render is None and fleet is not None and everything):
        raise typer.BadParameter("give either a RENDER, or --fleet FLEET with --all")
    endpoints = StackEndpoints.from_environment()
    with aws.making_clients():
        operator = Redriving(endpoints)
    with aws.calling():
        results = operator.one(render, force=force) if render else operator.all_of(fleet or "", force=force)
    _print(results, as_json=as_json)
    raise typer.Exit(exit_of(results, everything=everything))


def _print(results: Sequence[Result], *, as_json: bool) -> None:
    if as_json:
        rows = [{"job": one.job, "outcome": one.outcome.value, "text": one.text} for one in results]
        print(json.dumps({"renders": rows}))
        return
    for one in results:
        (sys.stderr if one.exit else sys.stdout).write(f"{one.job or '-'}  {one.text}\n")
    if not results:
        print("there are no dead letters")
