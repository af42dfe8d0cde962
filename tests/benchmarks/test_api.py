"""Both servers of the benchmark answer what is sent to them, and alike."""

import boto3
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from benchmarks.api.bare import application
from benchmarks.api.cases import COMPOSITION, job_of, token_of
from benchmarks.api.far_end import FarEnd
from benchmarks.api.load import looks, submissions
from benchmarks.api.serve import SETTINGS
from handlers.job_server.entrypoint import build
from handlers.job_server.settings import read


@pytest.fixture
def ours(monkeypatch: pytest.MonkeyPatch) -> FastAPI:
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    FarEnd().attach()
    return build(read(SETTINGS))


def test_both_servers_take_the_same_body_and_show_the_same_render(ours: FastAPI) -> None:
    body, here = {"composition": COMPOSITION}, f"/v1/renders/{job_of(3).id}"
    headers = {"Authorization": f"Bearer {token_of(3)}"}
    answers = []
    for app in (ours, application()):
        with TestClient(app, headers=headers) as http:
            assert http.post("/v1/renders", json={"composition": {}}).status_code == 422
            answers.append((http.post("/v1/renders", json=body), http.get(here)))
    for one, other in zip(*answers, strict=True):
        assert one.status_code == other.status_code < 300
        assert one.json().keys() == other.json().keys()


def test_what_is_sent_is_one_whole_request() -> None:
    for request in (next(submissions()), next(looks())):
        head, _, body = request.partition(b"\r\n\r\n")
        length = head.partition(b"Content-Length: ")[2].partition(b"\r\n")[0] or b"0"
        assert len(body) == int(length)
