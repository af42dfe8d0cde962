"""What cannot work is refused before anything starts."""

from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cli.demo import run
from cli.exits import Exit
from cli.local import stack
from cli.main import app
from tests.web_server import serving


@pytest.fixture(autouse=True)
def nothing_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    def started(*_: object, **__: object) -> None:
        raise AssertionError("it has started")

    monkeypatch.setattr(run, "run", started)
    monkeypatch.setattr(stack, "up", started)
    monkeypatch.setattr(stack, "up_in_background", started)


def words(result: Result) -> str:
    """What was said, without the frame around it."""
    return " ".join(result.output.replace("│", " ").split())


@pytest.mark.parametrize("detach", [[], ["--detach"]], ids=["here", "detached"])
def test_one_port_cannot_serve_both_the_api_and_the_emulated_aws(detach: list[str]) -> None:
    result = CliRunner().invoke(app, ["local", "up", "--port", "4600", "--emulator-port", "4600", *detach])
    assert result.exit_code == 2
    assert "4600 is given for both" in words(result)


def test_any_free_port_may_be_asked_for_twice() -> None:
    result = CliRunner().invoke(app, ["local", "up", "--port", "0", "--emulator-port", "0"])
    assert "it has started" in str(result.exception)


def test_the_demo_refuses_a_place_where_no_video_can_be_written() -> None:
    result = CliRunner().invoke(app, ["demo", "--output", "/proc/x.mp4"])
    assert result.exit_code == 2
    assert "/proc/x.mp4 cannot be written" in words(result)


def test_the_demo_refuses_a_name_that_is_too_long_for_a_file() -> None:
    result = CliRunner().invoke(app, ["demo", "--output", f"{'x' * 300}.mp4"])
    assert result.exit_code == 2
    assert "cannot be written: File name too long" in words(result)


OPERATORS = {
    "AWS_REGION": "eu-central-1",
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "CLIPIT_TABLE": "jobs",
    "CLIPIT_WEBHOOK_SECRET_PREFIX": "/secrets",
    "CLIPIT_QUEUE_URLS": '{"cpu": "https://queue"}',
    "CLIPIT_DEAD_LETTER_URLS": '{"cpu": "https://dead"}',
}
"""What the environment of an operator holds; nothing in it can be reached."""


def failed(monkeypatch: pytest.MonkeyPatch, code: Exit, *command: str, **variables: str) -> Result:
    """An operator's command with these variables, which ends with this code and no traceback."""
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in (OPERATORS | variables).items():
        monkeypatch.setenv(name, value)
    result = CliRunner().invoke(app, list(command))
    assert (result.exit_code, type(result.exception)) == (code, SystemExit)
    return result


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AWS_ENDPOINT_URL", "nonsense"),
        ("AWS_ENDPOINT_URL", "http://[::1"),
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:99999"),
        ("AWS_ENDPOINT_URL_DYNAMODB", "ftp://x"),
    ],
)
@pytest.mark.parametrize(
    "command",
    [
        ("keys", "create", "acme"),
        ("keys", "list", "acme"),
        ("keys", "revoke", "00"),
        ("webhooks", "secret", "show", "acme"),
        ("redrive", "r_1"),
        ("scaler", "explain", "cpu"),
    ],
    ids=" ".join,
)
def test_an_endpoint_that_is_no_address_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...], name: str, value: str
) -> None:
    result = failed(monkeypatch, Exit.USAGE, *command, **{name: value})
    assert f"{name} is {value!r}; give an address" in result.stderr


OPERATORS_COMMANDS = {
    ("keys", "create", "acme"): ("CLIPIT_TABLE", "CLIPIT_WEBHOOK_SECRET_PREFIX", "AWS_REGION"),
    ("keys", "list", "acme"): ("CLIPIT_TABLE", "AWS_REGION"),
    ("keys", "revoke", "00"): ("CLIPIT_TABLE", "AWS_REGION"),
    ("webhooks", "secret", "show", "acme"): ("CLIPIT_WEBHOOK_SECRET_PREFIX", "AWS_REGION"),
    ("redrive", "r_1"): ("CLIPIT_TABLE", "AWS_REGION", "CLIPIT_QUEUE_URLS", "CLIPIT_DEAD_LETTER_URLS"),
    ("scaler", "explain", "cpu"): ("CLIPIT_TABLE", "AWS_REGION"),
    ("get", "r_1"): ("CLIPIT_API_URL", "CLIPIT_API_KEY"),
}


@pytest.mark.parametrize("command", OPERATORS_COMMANDS, ids=" ".join)
def test_all_variables_that_are_missing_are_named_at_once_with_one_exit_code(
    monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    names = OPERATORS_COMMANDS[command]
    result = failed(monkeypatch, Exit.USAGE, *command, **dict.fromkeys(names, ""))
    missing = "; ".join(f"{name} is missing" for name in names)
    assert f"clipit: environment: {missing}. " in result.stderr
    assert "clipit local env" in result.stderr


def test_missing_credentials_are_told_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    nothing = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}
    monkeypatch.setattr("boto3.DEFAULT_SESSION", None)  # it may remember those of another test
    result = failed(monkeypatch, Exit.FAILED, "scaler", "explain", "cpu", **nothing)
    assert "Unable to locate credentials; log in, with `aws sso login`" in result.stderr


@pytest.mark.parametrize(
    ("command", "advice"),
    [
        (("submit",), "`clipit submit --help`"),
        (("submit", "absent.json"), "Name a file with a JSON object"),
        (("demo", "--output", "video.txt"), "name a file such as build/demo/video.mp4"),
        (("cost", "--stack", "nosuch"), "choose one of dev, local, prod"),
        (("trace", "r_1", "--stack", "dev"), "`clipit list` shows ids"),
        (("incidents", "Nosuch"), "choose from"),
    ],
    ids=lambda given: " ".join(given) if isinstance(given, tuple) else "",
)
def test_an_error_says_what_to_do_next(command: tuple[str, ...], advice: str) -> None:
    result = CliRunner().invoke(app, list(command))
    assert result.exit_code
    assert advice in words(result)


def test_an_api_that_does_not_answer_leads_to_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    variables = {"CLIPIT_API_URL": "http://127.0.0.1:9", "CLIPIT_API_KEY": "x"}
    result = failed(monkeypatch, Exit.UNREACHABLE, "get", "r_1", **variables)
    assert "Compare CLIPIT_API_URL with `clipit local status`" in result.stderr


def test_a_setting_that_boto3_refuses_is_told_in_its_words(monkeypatch: pytest.MonkeyPatch) -> None:
    result = failed(monkeypatch, Exit.USAGE, "keys", "create", "acme", AWS_MAX_ATTEMPTS="many")
    assert "this AWS configuration cannot be used: invalid literal for int()" in result.stderr


def test_what_answers_and_is_not_aws_is_told_and_no_fault_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(404)
            self.send_header("Content-Length", "4")
            self.end_headers()
            self.wfile.write(b"nope")

        def log_message(self, *args: object) -> None:
            pass

    with serving(Handler) as server:
        address = f"http://127.0.0.1:{server.server_port}"
        result = failed(monkeypatch, Exit.FAILED, "redrive", "r_1", AWS_ENDPOINT_URL=address)
    assert "clipit: Unable to parse response" in result.stderr


def test_the_demo_refuses_to_put_a_video_in_the_place_of_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("video.mp4").mkdir()
    result = CliRunner().invoke(app, ["demo", "--output", "video.mp4"])
    assert result.exit_code == 2
    assert "video.mp4 is a folder" in words(result)


@pytest.mark.parametrize(
    ("code", "kept", "told"),
    [
        (3, Exit.NO_ENGINE, "why"),
        (0, Exit.FAILED, "with exit code 0 before it was up"),
        (70, Exit.FAILED, "with exit code 70 before it was up"),
        (-9, Exit.FAILED, "by signal 9 before it was up"),
    ],
)
def test_a_stack_that_ends_before_it_is_up_says_how(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, kept: int, told: str
) -> None:
    log = tmp_path / "log"
    log.write_text("clipit: why\n")
    monkeypatch.setattr(stack.session, "LOG", log)
    problem = stack.ended(code)
    assert problem.code == kept
    assert str(problem).startswith("why")
    assert told in str(problem)
