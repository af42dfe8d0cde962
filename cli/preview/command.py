"""`clipit preview`: shows what the program would deploy, without the Pulumi CLI."""

from pathlib import Path

import typer

from cli.exits import MEANINGS
from cli.options import AsJson, Stack
from cli.preview import program, tree

app = typer.Typer(epilog=MEANINGS)
ROOT = Path(__file__).resolve().parents[2]


@app.command(epilog=MEANINGS)
def preview(stack: Stack = "prod", as_json: AsJson = False) -> None:
    """Show what the program would deploy, without the Pulumi CLI or an account.

    Prints a tree by component and how many resources there are of each type, or with --json each resource
    with its inputs. With the Pulumi CLI and an account, `pulumi preview` shows more.
    """
    program.keep_bytecode()
    resources = program.record(ROOT, stack)
    print(tree.as_json(resources) if as_json else tree.as_text(resources), end="")
