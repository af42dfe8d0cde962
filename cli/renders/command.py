"""`clipit submit`, `watch`, `get`, `list`, `cancel`, `events`: call the API from a terminal."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from cli import targets
from cli.display.display import on_terminal
from cli.exits import MEANINGS, CommandError, Exit
from cli.options import AsJson
from cli.renders.api import Api, Document, part
from cli.renders.following import as_line, follow, show
from cli.renders.submissions import body_of, typed
from cli.renders.tables import delivery_row, event_row, render_row, render_table
from handlers.jobs.states import JobState

app = typer.Typer(epilog=MEANINGS)

RenderId = Annotated[str, typer.Argument(metavar="RENDER", help="Id of the render, r_….")]
Save = Annotated[Path | None, typer.Option(metavar="FILE", help="File to save the finished video to.")]
Deadline = Annotated[float, typer.Option(min=1, help="Seconds to wait at most.")]
_DEADLINE_S = 3600.0


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
    webhook_url: Annotated[
        str | None, typer.Option(metavar="URL", help="URL that receives a webhook when the render has ended.")
    ] = None,
    idempotency_key: Annotated[
        str | None, typer.Option(metavar="KEY", help="Key that makes repeating the request safe.")
    ] = None,
    watch: Annotated[bool, typer.Option("--watch", help="Follow the render until it ends.")] = False,
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
    body = body_of(composition, template=template, fields=field or [], fleet=fleet, webhook_url=webhook_url)
    api = Api.from_environment()
    if template and field:
        body["fields"] = typed(part(body, "fields"), api.template_fields(template))
    accepted = api.submit(body, idempotency_key=idempotency_key)
    render = str(accepted["id"])
    print(json.dumps(accepted) if as_json else render, flush=True)
    if watch:
        _follow(api, render, save=save, timeout=timeout, as_json=as_json)


@app.command(epilog=MEANINGS)
def watch(
    render: RenderId, save: Save = None, timeout: Deadline = _DEADLINE_S, as_json: AsJson = False
) -> None:
    """Follow a render to its end: why it waits, its progress, its output."""
    targets.prepare(save)
    _follow(Api.from_environment(), render, save=save, timeout=timeout, as_json=as_json)


@app.command(epilog=MEANINGS)
def get(render: RenderId, save: Save = None, as_json: AsJson = False) -> None:
    """Show one render; download its video with --save."""
    targets.prepare(save)
    api = Api.from_environment()
    found = api.get(render)
    print(json.dumps(found) if as_json else render_table(found))
    if save:
        _save(api, found, save)


@app.command("list", epilog=MEANINGS)
def list_renders(
    state: Annotated[
        str | None, typer.Option(metavar="STATE", help="List only renders in this state.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="Maximum number of renders.")] = 20,
    as_json: AsJson = False,
) -> None:
    """List your renders, newest first."""
    for found in Api.from_environment().renders(state=state, limit=limit):
        print(json.dumps(found) if as_json else render_row(found))


@app.command(epilog=MEANINGS)
def cancel(render: RenderId, as_json: AsJson = False) -> None:
    """Cancel a render that has not finished."""
    found = Api.from_environment().cancel(render)
    asked = " (its worker has been asked to stop)" if found.get("state") == JobState.RENDERING else ""
    print(json.dumps(found) if as_json else f"{render} is {found.get('state')}{asked}")


@app.command(epilog=MEANINGS)
def events(render: RenderId, as_json: AsJson = False) -> None:
    """List the events of a render, in order."""
    for event in Api.from_environment().events(render):
        print(json.dumps(event) if as_json else event_row(event))


@app.command(epilog=MEANINGS)
def deliveries(render: RenderId, as_json: AsJson = False) -> None:
    """List the tries to deliver a render's webhook, in order."""
    for one in Api.from_environment().deliveries(render):
        print(json.dumps(one) if as_json else delivery_row(one))


def _follow(api: Api, render: str, *, save: Path | None, timeout: float, as_json: bool) -> None:
    try:
        found = _followed(api, render, timeout, as_json=as_json)
    except KeyboardInterrupt:
        again = f"`clipit watch {render}` follows it again, `clipit cancel {render}` ends it"
        raise CommandError(f"interrupted; the render {render} continues: {again}", Exit.INTERRUPTED) from None
    if found.get("state") != JobState.SUCCEEDED:
        raise typer.Exit(Exit.FAILED)
    if save:
        _save(api, found, save)


def _followed(api: Api, render: str, timeout: float, *, as_json: bool) -> Document:
    """The ended render; on a terminal what happens is drawn, and its last state stays."""
    shown = None if as_json else on_terminal()
    if shown is None:
        return follow(
            api,
            render,
            timeout_s=timeout,
            tell=lambda found: print(json.dumps(found) if as_json else as_line(found), flush=True),
        )
    shown.phase("render", f"Rendering {render}")
    succeeded = False
    try:
        found = follow(api, render, timeout_s=timeout, tell=lambda found: show(found, shown))
        succeeded = found.get("state") == JobState.SUCCEEDED
        return found
    finally:
        shown.close(finished=succeeded)


def _save(api: Api, found: Document, target: Path) -> None:
    url = part(found, "output").get("url")
    if not isinstance(url, str):
        raise CommandError(f"{found.get('id')} is {found.get('state')} and has no video.")
    api.download(url, target)
    sys.stderr.write(f"kept {target}\n")
