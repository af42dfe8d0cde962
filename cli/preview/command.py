"""`clipit preview --offline`: what the program would deploy, as a tree of components, without an engine."""

import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from cli.exits import MEANINGS, Exit

app = typer.Typer(epilog=MEANINGS)
ROOT = Path(__file__).resolve().parents[2]


@app.command(epilog=MEANINGS)
def preview(
    stack: Annotated[str, typer.Option(help="The stack whose settings hold.")] = "prod",
    offline: Annotated[
        bool, typer.Option("--offline", help="Required: with an engine at hand use `pulumi preview`.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="The resources with their inputs, as JSON.")
    ] = False,
) -> None:
    """Show what the program registers: a tree by component, and how many of each type."""
    from cli.preview import program, tree  # noqa: PLC0415 - heavy

    if not offline:
        _end(Exit.USAGE, "give --offline; with an engine at hand, `pulumi preview` says more")
    program.keep_bytecode()
    try:
        resources = program.record(ROOT, stack)
    except program.NoStackError as problem:
        _end(Exit.USAGE, str(problem))
    except program.ProgramError as problem:
        _end(Exit.FAILED, str(problem))
    print(tree.as_json(resources) if as_json else tree.as_text(resources), end="")


def _end(code: Exit, text: str) -> NoReturn:
    print(text, file=sys.stderr)
    raise typer.Exit(code)
