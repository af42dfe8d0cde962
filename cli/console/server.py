"""The pages of the console."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from cli.console.answers import Answer, Answers
from cli.console.facts import FleetFacts, facts_of
from cli.console.fleet_view import fleet_view
from cli.console.render_view import render_of, render_view
from cli.exits import CommandError
from cli.stack_place import StackPlace
from cli.trace.calls import Calls
from cli.trace.facts import Facts
from cli.trace.reading import Reading

TEMPLATES = Path(__file__).parent / "templates"
KEEP_S = 5.0
"""Of an overview: all tabs together make `CALLS_A_FLEET` calls a fleet in this time."""
KEEP_RENDER_S = 15.0
"""Of a render, which costs up to 25 calls."""
REFRESH_S = 10


@dataclass(kw_only=True)
class Source:
    """The stack that is shown, and what was read of it; `calls` makes clients for one reading."""

    stack: str
    place: StackPlace
    objectives: Mapping[str, float]
    calls: Callable[[], Calls]
    now: Callable[[], float] = time.time
    fleets: Answers[FleetFacts] = field(init=False)
    renders: Answers[Facts] = field(init=False)

    def __post_init__(self) -> None:
        lock = threading.Lock()
        self.fleets = Answers(keep_s=KEEP_S, lock=lock, now=self.now)
        self.renders = Answers(keep_s=KEEP_RENDER_S, lock=lock, now=self.now)

    def fleet(self, name: str) -> Answer[FleetFacts]:
        """What is known of a fleet."""
        return self.fleets.of(name, lambda: facts_of(name, self.place, self.calls()))

    def render(self, render: str) -> Answer[Facts]:
        """What is known of a render.

        Raises:
            CommandError: There is none.
        """
        return self.renders.of(render, lambda: Reading(place=self.place, calls=self.calls()).of(render))


def console(source: Source) -> FastAPI:
    """The application; every route reads."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    templates = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    templates.globals.update(stack=source.stack, refresh_s=REFRESH_S)
    style = (TEMPLATES / "style.css").read_text(encoding="utf-8")

    def page(name: str, status: int = 200, **given: object) -> HTMLResponse:
        return HTMLResponse(templates.get_template(name).render(**given), status_code=status)

    @app.get("/")
    def overview() -> Response:
        answers = {name: source.fleet(name) for name in source.place.fleets}
        now = source.now()
        views = [
            fleet_view(name, answer, source.objectives.get(name), now) for name, answer in answers.items()
        ]
        return page("overview.html", fleets=views)

    @app.get("/search")
    def search(q: str = "") -> Response:
        render = render_of(q)
        if render is None:
            text = f"{q!r} is no id of a render (r_...) and no trace id (32 hexadecimal digits)"
            return page("message.html", 404, text=text)
        return RedirectResponse(f"/renders/{render}", status_code=303)

    @app.get("/renders/{render}")
    def one_render(render: str) -> Response:
        answer = source.render(render)
        view = None if answer.value is None else render_view(answer.value, source.place, source.now())
        age = None if answer.read_at is None else source.now() - answer.read_at
        return page("render.html", view=view, trouble=answer.trouble, age=age, render=render)

    @app.get("/style.css")
    def style_sheet() -> Response:
        return Response(style, media_type="text/css")

    @app.exception_handler(CommandError)
    def refused(_request: Request, problem: CommandError) -> Response:
        return page("message.html", 404, text=str(problem))

    return app
