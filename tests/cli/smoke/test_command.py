"""`clipit smoke` against an API of a few lines, a table of moto's, and a Pulumi CLI of a few lines."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import boto3
import pytest
from click.testing import Result
from typer.testing import CliRunner

from cli import deployed_stack
from cli.exits import Exit
from cli.main import app
from cli.renders import following
from cli.smoke import smoke
from handlers.jobs.store.key_admin import ApiKeyAdmin
from handlers.jobs.store.table import connect
from tests import aws
from tests.cli import pulumi
from tests.clients.python.clipit_client.documents import ACCEPTED, RENDER, output
from tests.job_table import create_table
from tests.web_server import serving

DELIVERED = {"number": 1, "at": "2026-11-24T03:00:00Z", "delivered": True, "error": None}
VIDEO = b"\x00\x00\x00\x20ftypisom" + b"x" * 100


@dataclass
class Api:
    """The API of a deployed stack: the states of its one render and its delivery log, in order."""

    states: list[dict[str, Any]] = field(
        default_factory=lambda: [{"state": "queued"}, {"state": "succeeded"}]
    )
    deliveries: list[list[dict[str, Any]]] = field(default_factory=lambda: [[], [DELIVERED]])
    health: tuple[int, dict[str, str]] = (200, {"status": "ok"})
    video: bytes = VIDEO
    submitted: list[dict[str, Any]] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    url: str = ""

    def answer(self, path: str, body: dict[str, Any] | None) -> tuple[int, Any]:
        match path:
            case "/healthz":
                return self.health
            case "/video":
                return 200, self.video
            case "/v1/renders":
                self.submitted.append(body or {})
                return 202, ACCEPTED
            case "/v1/renders/r_1/deliveries":
                return 200, {"deliveries": _next(self.deliveries)}
        found = _next(self.states)
        if found["state"] == "succeeded":
            found = {**found, "output": output(f"{self.url}/video", len(VIDEO))}
        return 200, {**RENDER, **found}


def _next(answers: list[Any]) -> Any:
    return answers.pop(0) if len(answers) > 1 else answers[0]


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    api = Api()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.reply(None)

        def do_POST(self) -> None:
            self.reply(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

        def reply(self, body: dict[str, Any] | None) -> None:
            api.keys.add(self.headers.get("Authorization", ""))
            status, answer = api.answer(self.path, body)
            data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *args: object) -> None:
            pass

    monkeypatch.setattr("clipit_client.retries.FIRST_PAUSE_S", 0.0)
    monkeypatch.setattr(smoke, "_ASK_S", 0.0)
    monkeypatch.setattr(following, "_ASK_S", 0.0)
    with serving(Handler) as server:
        api.url = f"http://127.0.0.1:{server.server_port}"
        yield api


@pytest.fixture(autouse=True)
def stack(api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[pulumi.FakePulumi]:
    """The stack `dev`, deployed."""
    fake = pulumi.installed(tmp_path, monkeypatch)
    with aws.emulated(monkeypatch):
        create_table(boto3.client("dynamodb", aws.REGION), "jobs")
        fake.exports(
            {
                "api_url": api.url,
                "table_name": "jobs",
                "webhook_secret_prefix": "/clip-it/dev/webhook-secrets",
            }
        )
        yield fake


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["smoke", "--stack", "dev", *arguments])


def test_a_stack_that_works_is_ok(api: Api) -> None:
    result = run()
    assert result.exit_code == Exit.OK, result.output
    assert result.stdout.splitlines()[-1].startswith("smoke: ok r_1 ")
    assert "attempt 1: delivered" in result.stdout


def test_the_webhook_goes_to_the_sink_of_the_api_or_to_a_receiver_of_ones_own(api: Api) -> None:
    run()
    run("--receiver", "https://hooks.example.com/x", "--fleet", "gpu")
    assert [one["webhook_url"] for one in api.submitted] == [
        f"{api.url}/webhook-sink",
        "https://hooks.example.com/x",
    ]
    assert [one.get("fleet") for one in api.submitted] == [None, "gpu"]


def test_each_run_has_a_key_of_its_own_which_is_revoked_however_it_ends(api: Api) -> None:
    run()
    api.health = (503, {"title": "Unavailable"})
    run()
    assert len(api.keys - {""}) == 2
    stored = list(ApiKeyAdmin(connect("jobs", aws.REGION)).of_tenant("smoke"))
    assert len(stored) == 2
    assert all(key.revoked_at for key in stored)
    for key in api.keys - {""}:
        assert key.removeprefix("Bearer ") not in run().output


def test_the_tenant_has_a_webhook_secret_or_nothing_could_be_signed(api: Api) -> None:
    run()
    found = boto3.client("ssm", region_name=aws.REGION).describe_parameters()["Parameters"]
    assert [one["Name"] for one in found] == ["/clip-it/dev/webhook-secrets/smoke"]


def test_a_program_gets_json_line_by_line_and_the_result_last(api: Api) -> None:
    lines = [json.loads(line) for line in run("--json").stdout.splitlines()]
    assert [line["phase"] for line in lines if line["kind"] == "phase"] == [
        "stack",
        "api",
        "render",
        "output",
        "webhook",
    ]
    result = lines[-1]
    assert (result["kind"], result["ok"], result["render"], result["video_bytes"]) == (
        "result",
        True,
        "r_1",
        len(VIDEO),
    )


@pytest.mark.short_form(1)
@pytest.mark.parametrize(
    ("changes", "code", "said"),
    [
        (
            {"health": (503, {"title": "Unavailable", "detail": "Too many requests."})},
            Exit.REFUSED,
            "Too many requests",
        ),
        (
            {"states": [{"state": "failed", "failure": {"code": "engine_crashed", "detail": "code 1"}}]},
            Exit.FAILED,
            "engine_crashed",
        ),
        ({"states": [{"state": "queued"}]}, Exit.TOO_LATE, "r_1 has not ended; it is queued"),
        ({"video": b"<html>"}, Exit.FAILED, "has 6 bytes"),
        ({"video": b"x" * len(VIDEO)}, Exit.FAILED, "MP4"),
        ({"deliveries": [[]]}, Exit.TOO_LATE, "nobody has tried yet"),
        (
            {"deliveries": [[{**DELIVERED, "delivered": False, "error": "answered 403"}]]},
            Exit.TOO_LATE,
            "answered 403",
        ),
    ],
    ids=["not well", "failed", "waits", "no video", "other bytes", "no delivery", "refused delivery"],
)
def test_what_goes_wrong_is_said_with_a_code_of_its_own(
    api: Api, changes: dict[str, Any], code: Exit, said: str
) -> None:
    for name, value in changes.items():
        setattr(api, name, value)
    result = run("--deadline", "1", "--json")
    assert result.exit_code == code
    assert said in result.stderr
    last = json.loads(result.stdout.splitlines()[-1])
    assert (last["ok"], last["code"]) == (False, code)


def test_an_api_that_does_not_answer_is_said(stack: pulumi.FakePulumi) -> None:
    outputs = {"table_name": "jobs", "webhook_secret_prefix": "/p", "api_url": "http://127.0.0.1:9"}
    stack.exports(outputs)
    assert run().exit_code == Exit.UNREACHABLE


def test_a_stack_that_is_not_deployed_is_said(stack: pulumi.FakePulumi) -> None:
    stack.exports({})
    result = run()
    assert result.exit_code == Exit.FAILED
    assert "exports no api_url" in result.stderr


def test_the_local_stack_answers_at_its_balancer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deployed_stack.session, "find", lambda: None)
    result = CliRunner().invoke(app, ["smoke", "--stack", "local"])
    assert "clipit local status" in result.stderr
