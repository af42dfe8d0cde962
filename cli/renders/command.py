"""`clipit submit`, `watch`, `get`, `list`, `cancel`, `redeliver`, `usage`: call the API from a terminal."""

import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from clipit_client import Client, Render
from pydantic import JsonValue

from cli import environment, targets
from cli.display.display import on_terminal
from cli.exits import MEANINGS, CommandError, Exit
from cli.options import AsJson
from cli.renders.api import from_environment
from cli.renders.following import as_line, follow, show
from cli.renders.submissions import SubmissionError, output_of, submission, typed
from cli.renders.tables import (
    USAGE_HEAD,
    delivery_row,
    document,
    event_row,
    render_row,
    render_table,
    usage_row,
)
from handlers.jobs.environment import SecretValueError
from handlers.jobs.model import Priority
from handlers.jobs.outputs import Quality, VideoFormat
from handlers.jobs.states import JobState

app = typer.Typer(epilog=MEANINGS)

RenderId = Annotated[str, typer.Argument(metavar="RENDER", help="Id of the render, r_….")]
Save = Annotated[Path | None, typer.Option(metavar="FILE", help="File to save the finished video to.")]
Deadline = Annotated[float, typer.Option(min=1, help="Seconds to wait at most.")]
_DEADLINE_S = 3600.0
_DAY = "%Y-%m-%d"


@app.command(epilog=MEANINGS)
def submit(  # noqa: PLR0913, PLR0917 - each is an option of the command
    composition: Annotated[
        Path | None,
        typer.Argument(metavar="COMPOSITION", help="JSON file with a composition; - reads standard input."),
    ] = None,
    template: Annotated[
        str | None, typer.Option(metavar="NAME", help="Template to use instead of a composition.")
    ] = None,
    field: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUE",
            help="Field of the template; a field that is not text is read as JSON. May be repeated.",
        ),
    ] = None,
    fleet: Annotated[str | None, typer.Option(metavar="FLEET", help="Fleet to render on.")] = None,
    priority: Annotated[
        Priority | None,
        typer.Option(
            metavar="PRIORITY",
            help="Priority: normal or bulk; a bulk render waits for most normal ones. Default: normal.",
        ),
    ] = None,
    video_format: Annotated[
        VideoFormat | None,
        typer.Option(
            "--format", metavar="FORMAT", help="Format of the video: mp4, webm or gif; default: mp4."
        ),
    ] = None,
    quality: Annotated[
        Quality | None,
        typer.Option(metavar="QUALITY", help="Quality of the video: low, medium or high; default: medium."),
    ] = None,
    poster_at: Annotated[
        float | None,
        typer.Option(metavar="SECONDS", min=0, help="Also make a JPEG of this second of the video."),
    ] = None,
    webhook_url: Annotated[
        str | None, typer.Option(metavar="URL", help="URL that receives a webhook when the render has ended.")
    ] = None,
    idempotency_key: Annotated[
        str | None, typer.Option(metavar="KEY", help="Key that makes repeating the request safe.")
    ] = None,
    watch: Annotated[bool, typer.Option("--watch", help="Follow until the end.")] = False,
    save: Save = None,
    timeout: Deadline = _DEADLINE_S,
    as_json: AsJson = False,
) -> None:
    """Submit a render: a composition, or a template with fields.

    The first line of output is the render's id; with --json, the API's response with the id.
    """
    if save and not watch:
        raise typer.BadParameter(
            "a video can be saved only once it is finished: add --watch.", param_hint="--save"
        )
    targets.prepare(save)
    wanted = submission(composition, template=template, fields=field or [])
    key = None if idempotency_key is None else header_value(idempotency_key)
    with from_environment() as client:
        fields = None if wanted.fields is None else _typed(client, template or "", wanted.fields)
        accepted = client.renders.create(
            composition=wanted.composition,
            template=wanted.template,
            fields=fields,
            fleet=fleet,
            priority=priority,
            output=output_of(video_format, quality, poster_at),
            webhook_url=webhook_url,
            idempotency_key=key,
        )
        print(document(accepted) if as_json else accepted.id, flush=True)
        if watch:
            _follow(client, accepted.id, save=save, timeout=timeout, as_json=as_json)


@app.command(epilog=MEANINGS)
def watch(
    render: RenderId, save: Save = None, timeout: Deadline = _DEADLINE_S, as_json: AsJson = False
) -> None:
    """Follow a render to its end: why it waits, its progress, its output."""
    targets.prepare(save)
    with from_environment() as client:
        _follow(client, render, save=save, timeout=timeout, as_json=as_json)


@app.command(epilog=MEANINGS)
def get(render: RenderId, save: Save = None, as_json: AsJson = False) -> None:
    """Show one render; download its video with --save."""
    targets.prepare(save)
    with from_environment() as client:
        found = client.renders.get(render)
        print(document(found) if as_json else render_table(found))
        if save:
            _save(client, render, save)


@app.command("list", epilog=MEANINGS)
def list_renders(
    state: Annotated[
        str | None, typer.Option(metavar="STATE", help="List only renders in this state.")
    ] = None,
    batch: Annotated[
        str | None, typer.Option(metavar="BATCH", help="List only renders of this batch.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="Maximum number of renders.")] = 20,
    as_json: AsJson = False,
) -> None:
    """List your renders, newest first."""
    with from_environment() as client:
        for found in client.renders.list(state=state, batch=batch, limit=limit):
            print(document(found) if as_json else render_row(found))


@app.command(epilog=MEANINGS)
def cancel(render: RenderId, as_json: AsJson = False) -> None:
    """Cancel a render that has not finished."""
    with from_environment() as client:
        found = client.renders.cancel(render)
    asked = " (its worker has been asked to stop)" if found.state == JobState.RENDERING else ""
    print(document(found) if as_json else f"{render} is {found.state}{asked}")


@app.command(epilog=MEANINGS)
def events(render: RenderId, as_json: AsJson = False) -> None:
    """List the events of a render, in order."""
    with from_environment() as client:
        for event in client.renders.events(render):
            print(document(event) if as_json else event_row(event))


@app.command(epilog=MEANINGS)
def deliveries(render: RenderId, as_json: AsJson = False) -> None:
    """List the tries to deliver a render's webhook, in order."""
    with from_environment() as client:
        for one in client.renders.deliveries(render):
            print(document(one) if as_json else delivery_row(one))


@app.command(epilog=MEANINGS)
def redeliver(render: RenderId, as_json: AsJson = False) -> None:
    """Deliver a render's webhook again, with the same webhook-id."""
    with from_environment() as client:
        asked = client.renders.redeliver(render)
    print(document(asked) if as_json else asked.id)
    sys.stderr.write(f"`clipit deliveries {render}` shows its tries.\n")


@app.command(epilog=MEANINGS)
def usage(
    first: Annotated[
        datetime | None,
        typer.Option(
            "--from",
            metavar="DAY",
            formats=[_DAY],
            help="The first day, in UTC; 29 days before --until when absent.",
        ),
    ] = None,
    last: Annotated[
        datetime | None,
        typer.Option("--until", metavar="DAY", formats=[_DAY], help="The last day; today when absent."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show what your renders have used, by the day of their end."""
    until = last.date() if last else datetime.now(UTC).date()
    since = first.date() if first else until - timedelta(days=29)
    with from_environment() as client:
        days = client.usage(since, until)
    if not as_json and days:
        print(USAGE_HEAD)
    for day in days:
        print(document(day) if as_json else usage_row(day))
    if not days:
        sys.stderr.write(f"no render ended from {since} to {until}\n")


def header_value(idempotency_key: str) -> str:
    """The idempotency key, if a header can carry it.

    Raises:
        SubmissionError: It cannot.
    """
    try:
        return environment.header_value(idempotency_key)
    except SecretValueError as problem:
        raise SubmissionError(f"--idempotency-key {problem}.") from None


def _typed(client: Client, template: str, fields: Mapping[str, str]) -> dict[str, JsonValue]:
    """The fields as their template wants them; without any the templates are not asked for."""
    name = template.partition("@")[0]
    found = next((one for one in (client.templates.list() if fields else ()) if one.name == name), None)
    if found is None:
        return typed(fields, {})
    return typed(fields, client.templates.get(template).fields if found.fields is None else found.fields)


def _follow(client: Client, render: str, *, save: Path | None, timeout: float, as_json: bool) -> None:
    try:
        found = _followed(client, render, timeout, as_json=as_json)
    except KeyboardInterrupt:
        again = f"`clipit watch {render}` follows it again, `clipit cancel {render}` ends it"
        raise CommandError(f"interrupted; the render {render} continues: {again}", Exit.INTERRUPTED) from None
    if found.state != JobState.SUCCEEDED:
        raise typer.Exit(Exit.FAILED)
    if save:
        _save(client, render, save)


def _followed(client: Client, render: str, timeout: float, *, as_json: bool) -> Render:
    """The ended render; on a terminal what happens is drawn, and its last state stays."""
    shown = None if as_json else on_terminal()
    if shown is None:
        return follow(
            client,
            render,
            timeout_s=timeout,
            tell=lambda found: print(document(found) if as_json else as_line(found), flush=True),
        )
    shown.phase("render", f"Rendering {render}")
    succeeded = False
    try:
        found = follow(client, render, timeout_s=timeout, tell=lambda found: show(found, shown))
        succeeded = found.state == JobState.SUCCEEDED
        return found
    finally:
        shown.close(finished=succeeded)


def _save(client: Client, render: str, target: Path) -> None:
    try:
        client.renders.download(render, target)
    except OSError as problem:
        raise CommandError(
            f"{target} cannot be written: {problem.strerror or problem}; `clipit get {render} --save FILE` "
            "downloads the video to another file"
        ) from None
    sys.stderr.write(f"kept {target}\n")
