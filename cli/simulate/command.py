"""`clipit simulate`: simulates the scaler, compares published policies, replays recorded decisions."""

import os
from pathlib import Path
from typing import Annotated

import typer

from cli import targets
from cli.exits import MEANINGS, CommandError, Exit
from cli.options import AsJson, Stack
from cli.simulate import simulation
from cli.simulate.simulation import REPORT

app = typer.Typer(epilog=MEANINGS)

TRACES = (
    "Scenarios (design, short, long, bursts, daily, flash), CSV files (arrival_s,service_s,template) "
    "or generators (poisson:per_hour=300,hours=12)."
)
WHAT_IF = "Limits to compare with those of --stack, for example max=50,objective=30s."


@app.command(epilog=MEANINGS)
def simulate(  # noqa: PLR0913, PLR0917 - one option each
    traces: Annotated[list[str] | None, typer.Argument(metavar="TRACE", help=TRACES)] = None,
    faults: Annotated[
        bool, typer.Option(help="Also simulate each trace with failing boots, interruptions and a stall.")
    ] = True,
    seed: Annotated[
        int | None, typer.Option(min=0, help="Seed from which to make the scenarios; by default their own.")
    ] = None,
    seeds: Annotated[
        int,
        typer.Option(
            min=1, help="Traces of each kind of load, from consecutive seeds; judged by their means."
        ),
    ] = 1,
    as_json: AsJson = False,
    out: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Folder for PNG plots and report.html.")
    ] = None,
    jobs: Annotated[
        int, typer.Option(min=1, help="Number of cases to simulate in parallel.")
    ] = os.cpu_count() or 1,
    replay: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Log of a scaler whose decisions to replay.")
    ] = None,
    what_if: Annotated[str | None, typer.Option(metavar="LIMITS", help=WHAT_IF)] = None,
    stack: Stack = "dev",
    fleet: Annotated[
        str | None,
        typer.Option(metavar="FLEET", help="Fleet of the stack for --what-if; by default the first one."),
    ] = None,
) -> None:
    """Simulate the scaler with arrival traces, or replay its decisions."""
    targets.prepare(out / REPORT if out else None)
    try:
        if replay is not None:
            simulation.take_again(replay, as_json=as_json)
        elif what_if is not None:
            simulation.answer_what_if((traces or ["design"])[0], what_if, stack, fleet, as_json=as_json)
        else:
            todo = simulation.chosen(tuple(traces or ()), faults=faults, seed=seed, seeds=seeds)
            simulation.compare_all(todo, as_json=as_json, out=out, jobs=jobs)
    except (OSError, ValueError) as problem:
        raise CommandError(str(problem), Exit.USAGE) from problem
