"""`clipit cost`: prices a stack without renders, and a rendered minute."""

from pathlib import Path
from typing import Annotated

import typer

from cli.cost import fleets, idle, prices, render, report
from cli.exits import MEANINGS
from cli.options import AsJson, Markdown, Stack, write
from cli.preview import program

app = typer.Typer(epilog=MEANINGS)
ROOT = Path(__file__).resolve().parents[2]


@app.command(epilog=MEANINGS)
def cost(
    stack: Stack = "prod",
    root: Annotated[
        Path,
        typer.Option(
            "--program",
            metavar="FOLDER",
            exists=True,
            file_okay=False,
            help="Checkout to price; by default this one.",
        ),
    ] = ROOT,
    against: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            exists=True,
            dir_okay=False,
            readable=True,
            help="Earlier output of --json to compare with.",
        ),
    ] = None,
    markdown: Markdown = None,
    as_json: AsJson = False,
) -> None:
    """Price a stack: a month without renders, and a rendered minute by fleet.

    Reads the program and the stack file alone; no CLI, no account, no network. The prices are those of one
    region on one day, in `cli/cost/prices.json`.
    """
    program.keep_bytecode()
    before = report.earlier(against.read_text(encoding="utf-8")) if against else None
    known = prices.load()
    of_stack = fleets.of(program.configuration(root, stack))
    found = report.Cost(
        stack=stack,
        idle=idle.items(program.record(root.resolve(), stack), of_stack, known),
        renders={name: render.items(fleet, known) for name, fleet in of_stack.items()},
        prices=known,
    )
    if markdown:
        write(markdown, report.as_markdown(found, before))
    print(report.as_json(found) if as_json else report.as_text(found), end="")
