"""A FastAPI application that checks the same bodies, answers the same, and does nothing else."""

from datetime import UTC, datetime
from http import HTTPStatus

from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict, Field

from benchmarks.api.cases import job_of
from handlers.job_server import views
from handlers.job_server.renders.looking import Render
from handlers.job_server.renders.submitting import Accepted
from handlers.job_server.renders.waiting import why
from handlers.job_server.schemas import responses


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Text(_Strict):
    """The text of a scene."""

    content: str = Field(min_length=1, max_length=2000)


class Scene(_Strict):
    """A scene with a background and a text."""

    duration_s: float = Field(gt=0, le=600)
    background: str = Field(pattern="^#[0-9a-fA-F]{6}$")
    text: Text


class Composition(_Strict):
    """The compositions that are sent."""

    version: int = Field(ge=1, le=1)
    width: int = Field(ge=16, le=4096)
    height: int = Field(ge=16, le=4096)
    rate: float = Field(gt=0, le=120)
    scenes: list[Scene] = Field(min_length=1, max_length=100)


class Body(_Strict):
    """What is posted."""

    composition: Composition


def application() -> FastAPI:
    """The application."""
    app = FastAPI()
    job = job_of(0)

    @app.post("/v1/renders", status_code=HTTPStatus.ACCEPTED)
    async def submit(_: Body) -> responses.AcceptedView:
        return views.accepted(Accepted(job_id=job.id))

    @app.get("/v1/renders/{_}")
    async def get(_: str) -> responses.RenderView:
        now = datetime.now(UTC).timestamp()
        waiting = why(job, None, now)
        return views.render(
            Render(job=job, attempt_limit=3, waiting=waiting, video=None, poster=None, poll_after_s=1)
        )

    return app
