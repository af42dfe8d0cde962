"""What cannot work is refused before anything starts; and Ctrl-C is heeded from the first moment."""

import os
import signal
import subprocess
import sys
import threading
import tomllib
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner, Result

from cli.demo import run
from cli.local import stack
from cli.main import app
from cli.renders.api import Api, ApiError
from tests.web_server import serving

ROOT = Path(__file__).resolve().parents[2]


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
    assert "4600 is asked for twice" in words(result)


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
    "CLIPIT_QUEUE_URLS": "{}",
    "CLIPIT_DEAD_LETTER_URLS": "{}",
}
"""What the environment of an operator holds; nothing in it can be reached."""


def typed(monkeypatch: pytest.MonkeyPatch, *command: str, **variables: str) -> Result:
    """An operator's command with these variables."""
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in (OPERATORS | variables).items():
        monkeypatch.setenv(name, value)
    result = CliRunner().invoke(app, list(command))
    assert (result.exit_code, type(result.exception)) == (1, SystemExit)
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
    [("keys", "create", "acme"), ("keys", "revoke", "00"), ("redrive", "r_1"), ("scaler", "explain", "cpu")],
    ids=" ".join,
)
def test_an_endpoint_that_is_no_address_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...], name: str, value: str
) -> None:
    assert f"{name} is {value!r}; give an address" in typed(monkeypatch, *command, **{name: value}).stderr


def test_a_setting_that_boto3_refuses_is_told_in_its_words(monkeypatch: pytest.MonkeyPatch) -> None:
    result = typed(monkeypatch, "keys", "create", "acme", AWS_MAX_ATTEMPTS="many")
    assert "these AWS_ variables and this AWS configuration: invalid literal for int()" in result.stderr


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
        result = typed(monkeypatch, "redrive", "r_1", AWS_ENDPOINT_URL=address)
    assert "redrive: Unable to parse response" in result.stderr


def test_the_demo_refuses_to_put_a_video_in_the_place_of_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("video.mp4").mkdir()
    result = CliRunner().invoke(app, ["demo", "--output", "video.mp4"])
    assert result.exit_code == 2
    assert "video.mp4 is a folder" in words(result)


def test_a_download_that_cannot_be_written_is_a_problem_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ApiError, match="cannot be written"):
        Api(httpx.Client()).download("http://127.0.0.1:9/video", tmp_path / "file" / "video.mp4")


def test_two_downloads_to_one_place_do_not_disturb_each_other(tmp_path: Path) -> None:
    both_have_begun = threading.Barrier(2)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "10")
            self.end_headers()
            self.wfile.write(b"video")
            both_have_begun.wait(timeout=10)
            self.wfile.write(b"video")

        def log_message(self, *args: object) -> None:
            pass

    with serving(Handler) as server, ThreadPoolExecutor(2) as pool:
        url = f"http://127.0.0.1:{server.server_port}/video"
        target = tmp_path / "video.mp4"
        list(pool.map(lambda api: api.download(url, target), [Api(httpx.Client()), Api(httpx.Client())]))

    assert target.read_bytes() == b"videovideo"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize(
    ("code", "kept", "told"),
    [
        (3, stack.Exit.NO_ENGINE, "why"),
        (0, stack.Exit.FAILED, "with exit code 0 before it was up"),
        (70, stack.Exit.FAILED, "with exit code 70 before it was up"),
        (-9, stack.Exit.FAILED, "by signal 9 before it was up"),
    ],
)
def test_a_stack_that_ends_before_it_is_up_says_how(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, kept: int, told: str
) -> None:
    log = tmp_path / "log"
    log.write_text("local: why\n")
    monkeypatch.setattr(stack.session, "LOG", log)
    problem = stack.ended(code)
    assert problem.code == kept
    assert problem.text.startswith("why")
    assert told in problem.text


def test_a_letter_that_the_terminal_has_not_ends_no_command() -> None:
    code = (
        "import sys, types\n"
        "commands = types.ModuleType('cli.main')\n"
        "commands.app = lambda: print('a hash \\u2026, a byte \\udcff')\n"
        "sys.modules['cli.main'] = commands\n"
        "from cli.start import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "ascii"},
        capture_output=True,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout == b"a hash \\u2026, a byte \\udcff\n"


def test_ctrl_c_during_the_imports_ends_quietly(tmp_path: Path) -> None:
    (tmp_path / "typer.py").write_text("import time\nprint('importing', flush=True)\ntime.sleep(600)\n")
    module, name = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]["clipit"].split(
        ":"
    )
    code = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        f"from {module} import {name}; {name}()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(tmp_path), str(ROOT)))},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == b"importing\n"
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)
    assert (process.returncode, said) == (130, b"")


def test_ctrl_c_after_the_last_line_ends_quietly_with_the_commands_own_code(tmp_path: Path) -> None:
    (tmp_path / "slow.py").write_text(
        "import threading, time\n"
        "def finish():\n"
        "    threading.main_thread().join()\n"
        "    print('ending', flush=True)\n"
        "    time.sleep(1)\n"
        "threading.Thread(target=finish).start()\n"
    )
    code = (
        "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "import slow\n"
        "sys.argv = ['clipit', 'local', '--help']\n"
        "from cli.start import main; main()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(tmp_path), str(ROOT)))},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout
        for line in process.stdout:
            if line == b"ending\n":
                break
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)
    assert (process.returncode, said) == (0, b"")
