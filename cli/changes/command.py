"""`clipit changes`: shows what a change of each setting does in AWS."""

import json
from pathlib import Path

import typer

from cli.changes import table
from cli.changes.alternatives import Sections
from cli.exits import MEANINGS
from cli.options import Stack
from cli.preview import program
from components.settings import NAMESPACE

app = typer.Typer(epilog=MEANINGS)
ROOT = Path(__file__).resolve().parents[2]


@app.command(epilog=MEANINGS)
def changes(stack: Stack = "prod") -> None:
    """Show what a change of each setting does in AWS.

    Runs the program with each setting at another value, compares what it registers, and decides by measured
    facts about replacement. Takes a second for each setting.
    """
    program.keep_bytecode()
    print(table.as_markdown(table.rows(ROOT, stack, sections_of(ROOT, stack))), end="")


def sections_of(root: Path, stack: str) -> Sections:
    """The sections of a stack file."""
    prefix = f"{NAMESPACE}:"
    given = program.configuration(root, stack).items()
    return {key.removeprefix(prefix): json.loads(value) for key, value in given if key.startswith(prefix)}
