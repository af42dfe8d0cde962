"""The engine as a real child process: the agent learns how it ended, and nothing of it stays."""

import contextlib
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from handlers.render_agent.engine import process
from handlers.render_agent.engine.confinement import Confinement
from handlers.render_agent.engine.log import EngineLog
from handlers.render_agent.engine.process import (
    DidNotStart,
    EngineEnd,
    EngineProcess,
    Exited,
    Limits,
    Stalled,
    Stopped,
    TimedOut,
    engine_environment,
)
from handlers.render_agent.engine.protocol import Complaint, Progress, Result

FAKE = Path(__file__).parents[1] / "fake_engine.py"
DEADLINE = 20.0


def eventually(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + DEADLINE
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.01)
    return False


def is_alive(pid: int) -> bool:
    """A zombie is dead: only its parent has not looked yet."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


class Bench:
    """A folder, a log, and one run."""

    def __init__(self, root: Path) -> None:
        self.folder = root / "job"
        (self.folder / "assets").mkdir(parents=True)
        self.pid_file = root / "pid"
        self.progress: list[Progress] = []
        self.process: EngineProcess | None = None

    def run(
        self,
        behave: str,
        *,
        command: list[str] | None = None,
        timeout: float = DEADLINE,
        stall: float = DEADLINE,
        should_stop: Callable[[], bool] = lambda: False,
        environment: dict[str, str] | None = None,
    ) -> EngineEnd:
        composition = self.folder / "composition.json"
        composition.write_text(json.dumps({"behave": behave}))
        places = [
            "--composition",
            str(composition),
            "--assets",
            "assets",
            "--output",
            str(self.folder / "out"),
        ]
        with EngineLog(self.folder / "engine.log") as log:
            self.process = EngineProcess(
                [*(command or [sys.executable, str(FAKE)]), "render", *places],
                folder=self.folder,
                log=log,
                environment=environment or {},
                confinement=Confinement(),
            )
            return self.process.run(
                Limits(
                    timeout_seconds=timeout,
                    stall_seconds=stall,
                    seconds_to_obey=0.3,
                    should_stop=should_stop,
                ),
                on_progress=self.progress.append,
            )

    @property
    def log(self) -> str:
        return (self.folder / "engine.log").read_text(errors="replace")

    @property
    def started(self) -> bool:
        return self.pid_file.exists()


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_a_render_ends_with_its_result(bench: Bench) -> None:
    end = bench.run("render")
    assert end == Exited(code=0, result=Result(duration_s=2.5, width=64, height=36), complaint=None)
    assert bench.process is not None
    assert (bench.process.has_started, bench.process.failed_to_start, bench.process.is_running) == (
        True,
        False,
        False,
    )


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux has the OOM killer")
def test_the_oom_killer_is_offered_the_engine_and_not_the_agent(bench: Bench) -> None:
    until_offered = "until [ $(cat /proc/$$/oom_score_adj) = 1000 ]; do :; done; exit 7"
    end = bench.run("", command=["sh", "-c", until_offered], environment={"PATH": os.environ["PATH"]})
    assert end == Exited(code=7, result=None, complaint=None)
    assert int(Path("/proc/self/oom_score_adj").read_text()) < 1000


def test_progress_is_heard_while_the_engine_runs(bench: Bench) -> None:
    bench.run("hang", should_stop=lambda: bool(bench.progress))
    assert bench.progress == [Progress(percent=10, stage="hanging")]


def test_a_refusal_carries_the_engines_own_code(bench: Bench) -> None:
    complaint = Complaint(code="composition_invalid", detail="scenes[0] is odd")
    assert bench.run("refuse") == Exited(code=2, result=None, complaint=complaint)


def test_a_crash_is_an_exit_with_its_code_and_its_words_in_the_log(bench: Bench) -> None:
    assert bench.run("crash") == Exited(code=77, result=None, complaint=None)
    assert "Segmentation fault" in bench.log


def test_an_engine_that_was_killed_tells_the_signal(bench: Bench) -> None:
    assert bench.run("killed") == Exited(code=-9, result=None, complaint=None)


@pytest.mark.parametrize("command", [["/nowhere/engine"], ["clipit-no-such-engine"], [str(FAKE)]])
def test_a_command_that_cannot_be_run_did_not_start(bench: Bench, command: list[str]) -> None:
    end = bench.run("render", command=command, environment={"PATH": os.environ["PATH"]})
    assert isinstance(end, DidNotStart)
    assert command[0] in end.detail
    assert bench.process is not None
    assert (bench.process.has_started, bench.process.failed_to_start) == (False, True)


def test_an_engine_that_hangs_is_stopped_when_its_time_is_up(bench: Bench) -> None:
    assert bench.run("hang", timeout=0.5) == TimedOut(seconds=0.5)


def test_an_engine_that_says_nothing_for_too_long_is_stopped_before_its_time_is_up(bench: Bench) -> None:
    script = """echo '{"event":"progress","percent":10,"stage":"hanging"}'; exec sleep 600"""
    assert bench.run("", command=["/bin/sh", "-c", script], stall=0.5) == Stalled(seconds=0.5)
    assert bench.progress == [Progress(percent=10, stage="hanging")]
    assert bench.process is not None
    assert not bench.process.is_running


def test_an_engine_that_never_said_anything_is_stopped_too(bench: Bench) -> None:
    assert bench.run("", command=["/bin/sh", "-c", "sleep 600"], stall=0.2) == Stalled(seconds=0.2)


@pytest.mark.parametrize(
    "sign", ["printf .", "printf . >&2", "echo noise", """echo '{"event":"progress","percent":1}'"""]
)
def test_an_engine_that_says_anything_at_all_is_not_silent(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, sign: str
) -> None:
    now = [1.0]
    monkeypatch.setattr(process, "time", SimpleNamespace(monotonic=lambda: now[0]))
    os.mkfifo(bench.folder / "go")
    rounds = iter(range(3))

    def another_sign() -> bool:
        """The engine says one thing for each word in the pipe; then nearly too much time goes by."""
        if next(rounds, None) is None:
            return True
        (bench.folder / "go").write_text("go")
        assert eventually(lambda: bench.process is not None and bench.process._heard_at == now[0])
        now[0] += 9
        return False

    script = f"while cat go >/dev/null; do {sign}; done"
    end = bench.run("", command=["/bin/sh", "-c", script], stall=10, timeout=99, should_stop=another_sign)
    assert end == Stopped(), "after three signs, 27 s later"


def test_an_engine_stops_when_the_agent_wants_it_to(bench: Bench) -> None:
    assert bench.run("hang", should_stop=lambda: bench.started) == Stopped()
    assert not is_alive(int(bench.pid_file.read_text()))


def test_an_engine_that_ignores_the_request_is_killed_with_its_children(bench: Bench) -> None:
    assert bench.run("stubborn", should_stop=lambda: bench.started) == Stopped()
    assert eventually(lambda: not is_alive(int(bench.pid_file.read_text())))


def test_children_that_an_engine_leaves_behind_are_ended(bench: Bench) -> None:
    end = bench.run("leaves_a_child")
    assert isinstance(end, Exited)
    assert end.result is not None
    assert eventually(lambda: not is_alive(int(bench.pid_file.read_text())))


def test_noise_on_standard_output_goes_to_the_log_and_forges_nothing(bench: Bench) -> None:
    end = bench.run("noise")
    assert isinstance(end, Exited)
    assert end.result is not None
    assert end.complaint is None
    assert bench.progress == []
    assert "{not json}" in bench.log


def test_a_flood_of_output_neither_blocks_the_engine_nor_fills_the_disk(bench: Bench) -> None:
    end = bench.run("flood")
    assert isinstance(end, Exited)
    assert end.result is not None
    assert len(bench.log) < 1_100_000
    assert "bytes left out" in bench.log


def test_a_log_on_a_full_disk_neither_blocks_the_engine_nor_fails_the_attempt(bench: Bench) -> None:
    (bench.folder / "engine.log").symlink_to("/dev/full")
    end = bench.run("flood", timeout=10)
    assert isinstance(end, Exited)
    assert end.result is not None


def test_the_engine_sees_no_credentials() -> None:
    given = {
        "AWS_SECRET_ACCESS_KEY": "x",
        "AWS_SESSION_TOKEN": "x",
        "CLIPIT_TABLE": "x",
        "PATH": "/bin",
        "CLIPIT_ENGINE_FONTS": "f",
    }
    assert engine_environment(given) == {"PATH": "/bin", "CLIPIT_ENGINE_FONTS": "f"}


def test_the_log_keeps_how_it_began_and_how_it_ended(tmp_path: Path) -> None:
    with EngineLog(tmp_path / "log", most_bytes=20) as log:
        for words in (b"begin-", b"0123456789", b"middle", b"0123456", b"-end"):
            log.write(words)
    written = (tmp_path / "log").read_bytes()
    assert written.startswith(b"begin-0123")
    assert written.endswith(b"-end")
    assert b"bytes left out" in written


def test_a_short_log_is_kept_whole(tmp_path: Path) -> None:
    with EngineLog(tmp_path / "log", most_bytes=20) as log:
        log.write(b"0123456789abcdef")
    log.write(b"too late")
    assert (tmp_path / "log").read_bytes() == b"0123456789abcdef"
