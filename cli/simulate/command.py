"""`clipit simulate`: the scaler on paper, against published policies and recorded decisions."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from cli.exits import MEANINGS, Exit

app = typer.Typer(epilog=MEANINGS)

TRACES = (
    "Scenarios (design, short, long, bursts, daily, flash), CSV files (arrival_s,service_s,template) "
    "or generators (poisson:per_hour=300,hours=12)."
)
WHAT_IF = "Answer for other limits than the deployed ones, for example max=50,objective=30s."


@app.command(epilog=MEANINGS)
def simulate(  # noqa: PLR0913, PLR0917 - one option each
    traces: Annotated[list[str] | None, typer.Argument(help=TRACES)] = None,
    faults: Annotated[bool, typer.Option(help="Also with failing boots, interruptions, a stall.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
    out: Annotated[Path | None, typer.Option(help="Folder for PNG plots and report.html.")] = None,
    jobs: Annotated[int, typer.Option(min=1, help="Cases played side by side.")] = os.cpu_count() or 1,
    replay: Annotated[Path | None, typer.Option(help="Take the decisions of a scaler's log again.")] = None,
    what_if: Annotated[str | None, typer.Option(help=WHAT_IF)] = None,
    stack: Annotated[str, typer.Option(help="Whose limits --what-if changes.")] = "dev",
    fleet: Annotated[str | None, typer.Option(help="Which fleet of that stack; default the first.")] = None,
) -> None:
    """Play arrival traces against the scaler, or take recorded decisions again."""
    from cli.simulate import simulation  # noqa: PLC0415 - matplotlib is heavy

    try:
        if replay is not None:
            simulation.take_again(replay, as_json=as_json)
        elif what_if is not None:
            simulation.answer_what_if((traces or ["design"])[0], what_if, stack, fleet, as_json=as_json)
        else:
            simulation.compare_all(tuple(traces or ()), faults=faults, as_json=as_json, out=out, jobs=jobs)
    except (OSError, ValueError) as problem:
        sys.stderr.write(f"simulate: {problem}\n")
        raise typer.Exit(Exit.USAGE) from problem
