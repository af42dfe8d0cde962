"""`clipit submit`, `watch`, `get`, `list`, `cancel`, `events`: the API from a terminal."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from cli import targets
from cli.exits import MEANINGS, Exit
from handlers.jobs.states import JobState

if TYPE_CHECKING:
    from cli.renders.api import Api, Document

app = typer.Typer(epilog=MEANINGS)

RenderId = Annotated[str, typer.Argument(help="The render's id, r_…", metavar="RENDER")]
AsJson = Annotated[bool, typer.Option("--json", help="The API's own JSON.")]
Save = Annotated[Path | None, typer.Option(help="Where to keep the finished video.")]
Deadline = Annotated[float, typer.Option(help="Seconds after which to stop waiting.", min=1)]
_DEADLINE_S = 3600.0


@app.command(epilog=MEANINGS)
def submit(  # noqa: PLR0913, PLR0917 - each is an option of the command
    composition: Annotated[
        Path | None, typer.Argument(help="JSON file with a composition; - reads standard input.")
    ] = None,
    template: Annotated[str | None, typer.Option(help="A template instead of a composition.")] = None,
    field: Annotated[list[str] | None, typer.Option(help="A field of the template, name=value.")] = None,
    fleet: Annotated[str | None, typer.Option(help="The fleet that renders.")] = None,
    webhook_url: Annotated[str | None, typer.Option(help="Where the end is told.")] = None,
    idempotency_key: Annotated[str | None, typer.Option(help="Makes a repeated request harmless.")] = None,
    watch: Annotated[bool, typer.Option("--watch", help="Stay and follow it.")] = False,
    save: Save = None,
    timeout: Deadline = _DEADLINE_S,
    as_json: AsJson = False,
) -> None:
    """Post a render: a composition, or a template with fields."""
    from cli.renders.submissions import body_of  # noqa: PLC0415 - only this command needs it

    if save and not watch:
        raise typer.BadParameter(
            "a video is kept once it is finished: give --watch as well.", param_hint="--save"
        )
    _prepare(save)
    try:
        body = body_of(
            composition, template=template, fields=field or [], fleet=fleet, webhook_url=webhook_url
        )
    except ValueError as problem:
        raise typer.BadParameter(str(problem)) from problem

    def work(api: "Api") -> None:
        accepted = api.submit(body, idempotency_key=idempotency_key)
        render = str(accepted["id"])
        if not watch:
            print(json.dumps(accepted) if as_json else render)
            return
        _follow(api, render, save=save, timeout=timeout, as_json=as_json)

    _with_api(work)


@app.command(epilog=MEANINGS)
def watch(
    render: RenderId, save: Save = None, timeout: Deadline = _DEADLINE_S, as_json: AsJson = False
) -> None:
    """Follow a render to its end: why it waits, its progress, its output."""
    _prepare(save)
    _with_api(lambda api: _follow(api, render, save=save, timeout=timeout, as_json=as_json))


@app.command(epilog=MEANINGS)
def get(render: RenderId, save: Save = None, as_json: AsJson = False) -> None:
    """See one render, and fetch its video with --save."""
    from cli.renders.tables import render_sheet  # noqa: PLC0415 - only where something is shown

    _prepare(save)

    def work(api: "Api") -> None:
        seen = api.get(render)
        print(json.dumps(seen) if as_json else render_sheet(seen))
        if save:
            _save(api, seen, save)

    _with_api(work)


@app.command("list", epilog=MEANINGS)
def list_renders(
    state: Annotated[str | None, typer.Option(help="Only renders in this state.")] = None,
    limit: Annotated[int, typer.Option(help="At most so many.", min=1, max=10_000)] = 20,
    as_json: AsJson = False,
) -> None:
    """List your renders, newest first."""
    from cli.renders.tables import render_row  # noqa: PLC0415 - only where something is shown

    def work(api: "Api") -> None:
        for seen in api.renders(state=state, limit=limit):
            print(json.dumps(seen) if as_json else render_row(seen))

    _with_api(work)


@app.command(epilog=MEANINGS)
def cancel(render: RenderId, as_json: AsJson = False) -> None:
    """Cancel a render that has not finished."""

    def work(api: "Api") -> None:
        seen = api.cancel(render)
        asked = " (its worker has been asked to stop)" if seen.get("state") == JobState.RENDERING else ""
        print(json.dumps(seen) if as_json else f"{render} is {seen.get('state')}{asked}")

    _with_api(work)


@app.command(epilog=MEANINGS)
def events(render: RenderId, as_json: AsJson = False) -> None:
    """See everything that happened to a render, in order."""
    from cli.renders.tables import event_row  # noqa: PLC0415 - only where something is shown

    def work(api: "Api") -> None:
        for event in api.events(render):
            print(json.dumps(event) if as_json else event_row(event))

    _with_api(work)


def _follow(api: "Api", render: str, *, save: Path | None, timeout: float, as_json: bool) -> None:
    from cli.renders.following import NotInTimeError, follow  # noqa: PLC0415 - only where something is followed

    try:
        seen = follow(api, render, timeout_s=timeout, as_json=as_json)
    except NotInTimeError as problem:
        _end(Exit.TOO_LATE, str(problem))
    if save and seen.get("state") == JobState.SUCCEEDED:
        _save(api, seen, save)
    if seen.get("state") != JobState.SUCCEEDED:
        raise typer.Exit(Exit.FAILED)


def _save(api: "Api", seen: "Document", target: Path) -> None:
    from cli.renders.api import part  # noqa: PLC0415 - httpx is heavy

    url = part(seen, "output").get("url")
    if not isinstance(url, str):
        _end(Exit.FAILED, f"{seen.get('id')} is {seen.get('state')} and has no video.")
    api.download(url, target)
    sys.stderr.write(f"kept {target}\n")


def _prepare(save: Path | None) -> None:
    """Know before the work whether its video can be kept."""
    if save is None:
        return
    try:
        targets.prepare(save)
    except targets.TargetError as problem:
        raise typer.BadParameter(str(problem), param_hint="--save") from None


def _with_api(work: "Callable[[Api], None]") -> None:
    """Do something with the API; each way in which it can fail has its message and its exit code."""
    from cli.renders.api import Api, ApiError, NotConfiguredError, RefusedError, UnreachableError  # noqa: PLC0415 - httpx is heavy

    codes = {NotConfiguredError: Exit.USAGE, RefusedError: Exit.REFUSED, UnreachableError: Exit.UNREACHABLE}
    try:
        work(Api.from_environment())
    except ApiError as problem:
        _end(codes.get(type(problem), Exit.FAILED), str(problem))
    except KeyboardInterrupt:
        _end(Exit.INTERRUPTED, "interrupted; the render goes on")


def _end(code: Exit, message: str) -> NoReturn:
    sys.stderr.write(f"clipit: {message}\n")
    raise typer.Exit(code)
