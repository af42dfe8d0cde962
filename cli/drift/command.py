"""`clipit drift`: what differs between the cloud and the state, and whether the state satisfies the rules."""

import sys
from pathlib import Path

import typer

from cli.drift import look, report
from cli.exits import MEANINGS, CommandError, Exit
from cli.options import AsJson, Markdown, Stack
from cli.policy import tables
from cli.pulumi import installed

app = typer.Typer(epilog=MEANINGS)
ROOT = Path(__file__).resolve().parents[2]


@app.command(epilog=MEANINGS)
def drift(stack: Stack = "prod", markdown: Markdown = None, as_json: AsJson = False) -> None:
    """Show what was changed behind the program's back, and judge the state by the rules.

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
        try:
            markdown.write_text(report.as_markdown(found), encoding="utf-8")
        except OSError as problem:
            raise CommandError(f"{markdown} could not be written: {problem.strerror}") from problem
    print(report.as_json(found) if as_json else report.as_text(found), end="")
    if found.differences:
        raise typer.Exit(Exit.DRIFTED)
    if not found.audit.passed:
        raise typer.Exit(Exit.REFUSED)
