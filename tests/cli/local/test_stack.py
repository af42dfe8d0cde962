"""A stack that was deployed by hand is shown and described like one that `clipit local up` has deployed."""

import io
import json
import os
import queue
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.display.display import PlainDisplay
from cli.display.stack_events import StackEventReporter
from cli.local import stack
from cli.main import app
from local.emulator import server
from local.emulator.connection import Connection
from local.processes import children
from local.stack import session
from local.stack.session import Session

REGION = "eu-central-1"


@pytest.fixture(scope="module")
def connection() -> Iterator[Connection]:
    with server.running() as url:
        yield Connection(url, REGION)


@pytest.fixture
def kept(connection: Connection, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Session]:
    """An empty stack that this process keeps; the functions that a test deploys go with it."""
    monkeypatch.setattr(session, "_FILE", tmp_path / "session.json")
    monkeypatch.setattr(stack, "_API_WAIT_S", 0.0)
    found = Session(
        pid=os.getpid(),
        birth=children.birth(os.getpid()),
        emulator_url=connection.endpoint,
        exports={"AWS_REGION": REGION, "AWS_ENDPOINT_URL": connection.endpoint},
    )
    session.save(found)
    yield found
    for one in connection.functions().list_functions()["Functions"]:
        connection.functions().delete_function(FunctionName=one["FunctionName"])


def deploy(connection: Connection, name: str, **variables: str) -> None:
    """What a deployment by hand leaves: here, one function with its environment."""
    trust = {"Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}}]}
    iam = connection.session.client("iam", endpoint_url=connection.endpoint)
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as bundle:
        bundle.writestr("main.py", "")
    connection.functions().create_function(
        FunctionName=name,
        Runtime="python3.13",
        Role=role,
        Handler="main.handler",
        Code={"ZipFile": archive.getvalue()},
        Environment={"Variables": variables},
    )


def printed() -> dict[str, str]:
    result = CliRunner().invoke(app, ["local", "env"])
    assert result.exit_code == 0, result.output
    lines = (line.removeprefix("export ").partition("=") for line in result.stdout.splitlines())
    return {name: value for name, _, value in lines}


def test_an_empty_stack_has_no_variables_of_the_service(kept: Session) -> None:
    assert printed() == kept.exports


def test_what_was_deployed_by_hand_is_in_the_environment(connection: Connection, kept: Session) -> None:
    deploy(connection, "sweeper", CLIPIT_TABLE="jobs", CLIPIT_QUEUE_URLS='{"cpu": "url"}')
    deploy(connection, "notifier", CLIPIT_TABLE="jobs", CLIPIT_WEBHOOK_SECRET_PREFIX="/secrets", OTHER="1")
    session.save(replace(kept, api_url="http://127.0.0.1:9"))
    assert printed() == {
        **kept.exports,
        "CLIPIT_TABLE": "jobs",
        "CLIPIT_QUEUE_URLS": '\'{"cpu": "url"}\'',
        "CLIPIT_WEBHOOK_SECRET_PREFIX": "/secrets",
        "CLIPIT_API_URL": "http://127.0.0.1:9",
    }


def test_an_api_that_does_not_answer_yet_is_told(connection: Connection, kept: Session) -> None:
    deploy(connection, "scaler", CLIPIT_TABLE="jobs")
    result = CliRunner().invoke(app, ["local", "env"])
    assert "CLIPIT_TABLE=jobs" in result.stdout
    assert "CLIPIT_API_URL" not in result.stdout
    assert "does not answer yet" in result.stderr


@dataclass
class Deployments:
    """A stack on which a service is deployed, moved and taken down by hand; then Ctrl-C is pressed."""

    urls: list[str | None]
    shown: list[object] = field(default_factory=list)

    def check(self) -> None:
        self.shown.append(stack.status()["api_url"])
        if not self.urls:
            raise KeyboardInterrupt

    def api_url(self) -> str | None:
        return self.urls.pop(0)


def test_the_status_follows_the_api_as_it_comes_and_goes(
    kept: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stack, "_POLL_S", 0.001)
    by_hand = Deployments(["http://127.0.0.1:9", "http://127.0.0.1:10", None])
    with pytest.raises(KeyboardInterrupt):
        stack._stay(by_hand, kept, StackEventReporter(display=PlainDisplay()), queue.SimpleQueue())  # type: ignore[arg-type]
    assert by_hand.shown == [None, "http://127.0.0.1:9", "http://127.0.0.1:10", None]
