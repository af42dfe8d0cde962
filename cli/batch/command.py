"""`clipit batch`: submit up to a hundred renders together, and follow them."""

from pathlib import Path
from typing import Annotated

import typer
from clipit_client import Client
from clipit_client.batches import Batch

from cli.exits import MEANINGS, Exit
from cli.options import AsJson
from cli.renders.api import from_environment
from cli.renders.command import Deadline, header_value
from cli.renders.submissions import SubmissionError, document_of
from cli.renders.tables import document

app = typer.Typer(
    name="batch",
    no_args_is_help=True,
    help="Submit up to a hundred renders together, and follow them.",
    epilog=MEANINGS,
)

BatchId = Annotated[str, typer.Argument(metavar="BATCH", help="Id of the batch, b_….")]
_DEADLINE_S = 3600.0
_ASK_S = 2.0


@app.command(epilog=MEANINGS)
def submit(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help='JSON file with "items", and what they have in common as "shared"; - reads standard input.',
        ),
    ],
    idempotency_key: Annotated[
        str | None,
        typer.Option(metavar="KEY", help="Key that makes repeating the request safe."),
    ] = None,
    watch: Annotated[bool, typer.Option("--watch", help="Follow until the end.")] = False,
    timeout: Deadline = _DEADLINE_S,
    as_json: AsJson = False,
) -> None:
    """Submit the renders of a file: all are accepted or none.

    The first line of output is the batch's id; with --json, the API's response with the ids of all renders.
    """
    body = document_of(file)
    items, shared = body.get("items"), body.get("shared", {})
    if body.keys() - {"items", "shared"} or not isinstance(items, list) or not isinstance(shared, dict):
        raise SubmissionError(
            f'{file} must hold {{"shared": {{...}}, "items": [...]}}; "shared" may be absent.'
        )
    objects = [one for one in items if isinstance(one, dict)]
    if len(objects) < len(items):
        raise SubmissionError(f"{file} has items that are no JSON objects; each is a submission.")
    key = None if idempotency_key is None else header_value(idempotency_key)
    with from_environment() as client:
        accepted = client.batches.create(objects, shared=shared, idempotency_key=key)
        print(document(accepted) if as_json else accepted.id, flush=True)
        if watch:
            _follow(client, accepted.id, timeout=timeout, as_json=as_json)


@app.command(epilog=MEANINGS)
def get(batch: BatchId, as_json: AsJson = False) -> None:
    """Show how many renders of a batch are in each state."""
    with from_environment() as client:
        found = client.batches.get(batch)
    print(document(found) if as_json else as_line(found))


@app.command(epilog=MEANINGS)
def watch(batch: BatchId, timeout: Deadline = _DEADLINE_S, as_json: AsJson = False) -> None:
    """Follow a batch until all of its renders have ended."""
    with from_environment() as client:
        _follow(client, batch, timeout=timeout, as_json=as_json)


def as_line(batch: Batch) -> str:
    """A batch's current state on one line."""
    counts = batch.renders
    states = {
        "queued": counts.queued,
        "rendering": counts.rendering,
        "succeeded": counts.succeeded,
        "failed": counts.failed,
        "cancelled": counts.cancelled,
        "deleted": counts.deleted,
        "not accepted yet": batch.items - batch.accepted,
    }
    present = ", ".join(f"{many} {state}" for state, many in states.items() if many)
    return f"{batch.id}: {present}"


def _follow(client: Client, batch: str, *, timeout: float, as_json: bool) -> None:
    last = ""

    def seen(found: Batch) -> None:
        nonlocal last
        line = document(found) if as_json else as_line(found)
        if line != last:
            print(line, flush=True)
        last = line

    found = client.batches.wait(batch, timeout_s=timeout, poll_s=_ASK_S, seen=seen)
    if found.renders.failed or found.renders.cancelled:
        raise typer.Exit(Exit.FAILED)
