"""`clipit impact`: shows what a preview would change, the most severe changes first."""

from pathlib import Path
from typing import Annotated

import typer

from cli.event_log import EventLogError
from cli.exits import MEANINGS, CommandError, Exit
from cli.impact import report
from cli.impact.preview import read
from cli.options import AsJson, Markdown, write

app = typer.Typer(epilog=MEANINGS)


@app.command(epilog=MEANINGS)
def impact(
    event_log: Annotated[
        Path,
        typer.Option(
            metavar="FILE",
            exists=True,
            dir_okay=False,
            readable=True,
            help="File of `PULUMI_DEBUG_COMMANDS=true pulumi preview --event-log`.",
        ),
    ],
    markdown: Markdown = None,
    as_json: AsJson = False,
) -> None:
    """Show what a preview would change, the most severe changes first.

    Danger is what deletes, replaces or no longer guards something that holds data or traffic; rolls is what
    replaces instances or tasks one after the other. The exit code says whether the preview was complete.
    """
    try:
        found = report.Report.of(read(event_log.read_text(encoding="utf-8")))
    except (EventLogError, UnicodeDecodeError) as problem:
        raise CommandError(
            f"{event_log} is not an event log of a complete run: {problem}", Exit.USAGE
        ) from problem
    if markdown:
        write(markdown, report.as_markdown(found))
    print(report.as_json(found) if as_json else report.as_text(found), end="")
    if not found.preview.complete:
        raise CommandError("the preview ended with an error; see its own output")
