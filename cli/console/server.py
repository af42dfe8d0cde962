"""The pages of the console."""

from http import HTTPStatus
from pathlib import Path

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from cli.console.reading.answers import Answer
from cli.console.reading.facts import FleetFacts
from cli.console.reading.search import SEARCHED
from cli.console.reading.sizes import Sizes
from cli.console.reading.source import Source
from cli.console.views import runbook
from cli.console.views.fleets import FleetView, fleet_view
from cli.console.views.renders import render_view
from cli.console.views.runbook import Names
from cli.console.views.signals import alarm_views, budget_view, glances, receiver_views
from cli.console.views.words import ago, clock
from cli.exits import CommandError

TEMPLATES = Path(__file__).parent / "templates"
REFRESH_S = 10


def console(source: Source) -> FastAPI:
    """The application; every route reads."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    pages = _Pages(source)
    for add in (_fleets, _signals, _runbooks, _renders, _files):
        router = APIRouter()
        add(router, pages)
        app.include_router(router)

    @app.exception_handler(CommandError)
    def refused(_request: Request, problem: CommandError) -> Response:
        return pages.still("message.html", HTTPStatus.NOT_FOUND, text=str(problem))

    return app


def _fleets(router: APIRouter, pages: "_Pages") -> None:
    source = pages.source

    @router.get("/")
    def overview() -> Response:
        found = source.overview()
        return pages.page(
            "overview.html",
            fleets=[pages.fleet(name, *answers) for name, answers in found.fleets.items()],
            glances=glances(found.alarms, found.failing, found.budgets),
        )

    @router.get("/fleets/{name}")
    def one_fleet(name: str) -> Response:
        source.place.expect(name)
        return pages.page("fleet.html", fleet=pages.fleet(name, *source.fleet(name)))


def _signals(router: APIRouter, pages: "_Pages") -> None:
    source = pages.source

    @router.get("/alarms")
    def alarms() -> Response:
        ringing, budgets = source.alarms(), source.budgets()
        return pages.page(
            "alarms.html",
            ringing=ringing,
            alarms=alarm_views(ringing.value or (), source.stack, source.place.fleets, source.now()),
            read=budgets,
            budgets=[budget_view(one) for one in budgets.value or ()],
        )

    @router.get("/webhooks")
    def webhooks() -> Response:
        answer = source.failing()
        receivers = receiver_views(answer.value, source.now()) if answer.value else ()
        return pages.page("webhooks.html", answer=answer, receivers=receivers)


def _runbooks(router: APIRouter, pages: "_Pages") -> None:
    source = pages.source

    @router.get("/runbooks/{kind}")
    def one_runbook(kind: str, fleet: str = "", function: str = "") -> Response:
        if kind not in runbook.kinds():
            raise CommandError(f"there is no runbook {kind!r}; /runbooks/README lists them")
        names = Names(
            stack=source.stack,
            fleet=fleet if fleet in source.place.fleets else "",
            function=function if runbook.FUNCTION.fullmatch(function) else "",
        )
        # Made of Markdown whose own HTML is shown as text.
        text = Markup(runbook.as_html(kind, names))  # noqa: S704
        return pages.still("runbook.html", kind=kind, text=text)


def _renders(router: APIRouter, pages: "_Pages") -> None:
    source = pages.source

    @router.get("/renders/{render}")
    def one_render(render: str) -> Response:
        answer = source.render(render)
        view = None if answer.value is None else render_view(answer.value, source.place, source.now())
        return pages.page("render.html", view=view, answer=answer, render=render)

    @router.get("/find")
    def find() -> Response:
        return pages.still("find.html", searched=SEARCHED)

    @router.get("/search")
    def search(q: str = "") -> Response:
        render = source.search(q.strip())
        return RedirectResponse(f"/renders/{render}", status_code=HTTPStatus.SEE_OTHER)


def _files(router: APIRouter, _pages: "_Pages") -> None:
    @router.get("/style.css")
    def style_sheet() -> Response:
        return Response((TEMPLATES / "style.css").read_bytes(), media_type="text/css")

    @router.get("/icon.svg")
    def icon() -> Response:
        return Response((TEMPLATES / "icon.svg").read_bytes(), media_type="image/svg+xml")


class _Pages:
    """Makes pages of templates."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._templates = Environment(
            loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True
        )
        self._templates.globals.update(
            stack=source.stack,
            region=source.place.region,
            account=source.place.naming.account_id,
            emulated=source.emulated,
            age=lambda answer: (
                "never" if answer.read_at is None else f"{ago(source.now() - answer.read_at)} ago"
            ),
        )

    def page(self, name: str, **given: object) -> HTMLResponse:
        """A page that the browser refreshes."""
        return self._made(name, 200, refresh_s=REFRESH_S, **given)

    def still(self, name: str, status: int = 200, **given: object) -> HTMLResponse:
        """A page that stays as it is: it is read or typed into."""
        return self._made(name, status, refresh_s=None, **given)

    def fleet(self, name: str, facts: Answer[FleetFacts], sizes: Answer[Sizes]) -> FleetView:
        """A fleet as it is now."""
        return fleet_view(name, facts, sizes, self.source.limits[name], self.source.now())

    def _made(self, name: str, status: int, **given: object) -> HTMLResponse:
        text = self._templates.get_template(name).render(clock=clock(self.source.now()), **given)
        return HTMLResponse(text, status_code=status)
