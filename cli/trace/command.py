"""`clipit trace`: everything that is known about one render, in one timeline."""

import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import typer

from cli import aws
from cli.exits import MEANINGS, CommandError, Exit
from cli.options import A_FILE, AsJson, Stack, write
from cli.stack_place import StackPlace
from cli.stack_session import session_of
from cli.trace import otlp, page
from cli.trace.calls import Calls
from cli.trace.facts import Facts
from cli.trace.following import settled
from cli.trace.posting import ENDPOINT, NotPostedError, Poster, Receiver
from cli.trace.reading import Reading
from cli.trace.span import Span
from cli.trace.spans import spans_of
from cli.trace.summary import Summary, summary_of
from cli.trace.timeline import Row, as_text, rows

app = typer.Typer()
_MB = 1_000_000
FOLLOW_S = 5.0


@app.command(epilog=MEANINGS)
def trace(  # noqa: PLR0913, PLR0917 - a parameter an option
    render: Annotated[str, typer.Argument(metavar="RENDER", help="Id of the render.")],
    stack: Stack,
    html: Annotated[Path | None, typer.Option(help="File for the trace as one HTML page.", **A_FILE)] = None,
    otlp_file: Annotated[
        Path | None, typer.Option("--otlp", help="File for the trace as OTLP JSON.", **A_FILE)
    ] = None,
    post: Annotated[
        bool, typer.Option("--post", help=f"Post the spans to the OpenTelemetry receiver of {ENDPOINT}.")
    ] = False,
    follow: Annotated[bool, typer.Option("--follow", help="Go on until the render has ended.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show what happened to one render, from every source.

    The request, the waits and the scaler's decisions, the instance and its boot, agent and engine, the stored
    files, each try of the webhook.

    Reads the table, the logs, the group, Systems Manager and the buckets, with at most 25 calls. A source
    that cannot be read is a row that says so. The stack's output `operator_read_policy` is the IAM policy
    that allows these calls.
    """
    if follow and as_json:
        raise typer.BadParameter(
            "--follow prints rows as they come and --json one document: give one of them"
        )
    receiver = Receiver.from_environment() if post else None
    place = StackPlace.of(stack)
    session, endpoint = session_of(stack, place)

    scanned: list[float] = []

    def read() -> Facts:
        with aws.making_clients(), aws.calling():
            return Reading(place=place, calls=Calls(session, endpoint), scanned=scanned).of(render)

    try:
        facts = _followed(read) if follow else read()
    except KeyboardInterrupt:
        print(_queries(scanned))
        raise CommandError(
            "interrupted; the render continues, and the command can be repeated", Exit.INTERRUPTED
        ) from None
    spans, summary = spans_of(facts, place), summary_of(facts, place)
    if html:
        write(html, page.page(facts, rows(facts), spans, summary))
    if otlp_file:
        write(otlp_file, json.dumps(otlp.document(spans, place)) + "\n")
    if as_json:
        print(json.dumps(as_document(facts, summary)))
    elif not follow:
        print(as_text(rows(facts)))
    if not as_json:
        print(f"\n{summary.as_text()}")
        print(_queries(scanned))
    if receiver:
        _post(receiver, spans, place)


def _post(receiver: Receiver, spans: Sequence[Span], place: StackPlace) -> None:
    """Post the spans, and say on standard error what became of them.

    Raises:
        NotPostedError: The receiver did not take all of them.
    """
    partial = Poster(receiver=receiver).post(otlp.document(spans, place))
    if partial and partial.spans:
        raise NotPostedError(
            f"{receiver.origin} rejected {partial.spans} of {len(spans)} spans: {partial.why}; "
            "its log may say more"
        )
    warning = f"; it warns: {partial.why}" if partial else ""
    print(f"posted {len(spans)} spans to {receiver.origin}{warning}", file=sys.stderr)


def as_document(facts: Facts, summary: Summary) -> dict[str, object]:
    """The trace for programs."""
    return {
        "render": facts.job.id,
        "trace_id": facts.job.trace_id,
        "state": facts.job.state.value,
        "wait_s": summary.wait_s,
        "boot_s": summary.boot_s,
        "render_s": summary.render_s,
        "usd": summary.usd,
        "rows": [
            {"at": row.at, "source": row.source, "what": row.what, "detail": row.detail}
            for row in rows(facts)
        ],
        "calls": list(facts.calls),
        "scanned_bytes": facts.scanned_bytes,
    }


def _queries(scanned: Sequence[float]) -> str:
    """What the queries of all looks have read of the logs, for which CloudWatch charges."""
    return f"{'queries':<7} {sum(scanned) / _MB:.3f} MB of logs scanned"


def _followed(read: Callable[[], Facts]) -> Facts:
    """Print new rows until nothing more is to come."""
    shown: set[Row] = set()
    while True:
        facts = read()
        news = [row for row in rows(facts) if row not in shown]
        if news:
            print(as_text(news), flush=True)
        shown |= set(news)
        if settled(facts):
            return facts
        time.sleep(FOLLOW_S)
