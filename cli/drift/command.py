"""`clipit drift`: shows changes made outside Pulumi, and checks the state against the rules."""

import sys
from pathlib import Path

import typer

from cli.drift import look, report
from cli.exits import MEANINGS, Exit
from cli.options import AsJson, Markdown, Stack, write
from cli.policy import tables
from cli.pulumi import installed

app = typer.Typer(epilog=MEANINGS)
ROOT = Path(__file__).resolve().parents[2]


@app.command(epilog=MEANINGS)
def drift(stack: Stack = "prod", markdown: Markdown = None, as_json: AsJson = False) -> None:
    """Show changes made outside Pulumi, and check the state against the rules.

    Changes nothing: runs `pulumi refresh --preview-only --expect-no-changes` and `pulumi stack export`, with
    the state, the credentials and the secrets provider of your environment. Exit code 7 is drift; 4 is a
    state that violates a rule; 1 means that nobody could look, which says nothing about drift.
    """
    tables.require_sound_levels(stack)
    print(f"$ pulumi {' '.join(look.command(stack, Path('FILE')))}", file=sys.stderr)
    cli = installed().executable
    found = look.Drift(
        stack=stack,
        differences=look.differences_of(cli, ROOT, stack),
        audit=look.audit(cli, ROOT, stack),
    )
    if markdown:
        write(markdown, report.as_markdown(found))
    print(report.as_json(found) if as_json else report.as_text(found), end="")
    if found.differences:
        raise typer.Exit(Exit.DRIFTED)
    if not found.audit.passed:
        raise typer.Exit(Exit.REFUSED)
