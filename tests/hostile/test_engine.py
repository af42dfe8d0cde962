"""A hostile engine: what it reads, signals, plants, links and leaves, and that none of it does any good.

How it tries to outlive its run is in tests/handlers/render_agent/engine/test_descendants.py.

Does not prove what systemd does (MemoryMax, a read-only file system, a private /tmp): that needs an instance.
Where the tests do not run as root, nothing here can start a process of another user, and they are skipped.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from handlers.jobs.model import Failure
from handlers.jobs.reasons import FailureCode
from handlers.render_agent.engine import cgroups
from handlers.render_agent.engine.confined import MOST_PROCESSES
from handlers.render_agent.engine.confinement import Confinement
from handlers.render_agent.engine.log import EngineLog
from handlers.render_agent.engine.process import EngineEnd, EngineProcess, Exited, Limits, TimedOut
from handlers.render_agent.outcome import OUT_OF_MEMORY, judge
from handlers.render_agent.workspace import Bench, Workspace, size_of_plain_file
from tests.components.documents.test_render_bootstrap import unit

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs Linux")
as_root = pytest.mark.skipif(
    os.getuid() != 0 or not Path("/usr/bin/python3").exists(),
    reason="only root starts processes of another user, and a Python for all is needed",
)

PROBES = Path(__file__).with_name("probes.py")
# That of these tests may lie in a home that nobody else may enter.
PYTHON = ["/usr/bin/python3", "-I", "-S"]
NOBODY = Confinement("nobody")
UNCONFINED = Confinement()
REFUSED = {"PermissionError", "OSError", "ValueError"}


@pytest.fixture
def work() -> Iterator[Path]:
    """The agent's folder, at a place that another user can reach."""
    folder = Path(tempfile.mkdtemp(prefix="hostile-"))
    folder.chmod(0o711)
    yield folder.resolve()
    shutil.rmtree(folder, ignore_errors=True)


def run(bench: Bench, command: list[str], seconds: float = 20) -> EngineEnd:
    bench.hand_over()
    with EngineLog(bench.log) as log:
        engine = EngineProcess(
            command, folder=bench.folder, log=log, environment={}, confinement=bench.confinement
        )
        return engine.run(Limits(timeout_seconds=seconds, stall_seconds=seconds, seconds_to_obey=0.1))


@pytest.mark.long
@as_root
def test_an_engine_gets_its_own_files_and_nothing_else(work: Path) -> None:
    workspace = Workspace(work, NOBODY)
    workspace.prepare()
    other = work / "jobs" / "another-1"
    other.mkdir(parents=True)
    (other / "composition.json").write_text("secret")
    other.chmod(0o700)
    shutil.copy(PROBES, work / "probes.py")
    (work / "probes.py").chmod(0o644)
    public = Path(f"/tmp/planted.{os.getpid()}")  # noqa: S108 - it is what an engine plants there
    with workspace.bench("r_1", 1) as bench:
        bench.composition.write_text("mine")
        (bench.assets / "a_1").write_text("picture")
        probes = [*PYTHON, str(work / "probes.py"), str(os.getpid()), str(work), str(other)]
        end = run(bench, probes)
        said = bench.log.read_text()
        assert isinstance(end, Exited), said
        assert end.code == 0, said
        folder = bench.folder
    found = json.loads(next(line for line in said.splitlines() if line.startswith("{")))
    assert found.pop("user") != os.getuid()
    assert found.pop("groups") == []
    assert found.pop("no new privileges") == "1"
    assert found.pop("capabilities") == {"CapEff": 0, "CapPrm": 0, "CapAmb": 0}
    assert found.pop("core") == [0, 0]
    assert found.pop("processes") == [MOST_PROCESSES, MOST_PROCESSES]
    assert found.pop("score") == "1000"
    assert found.pop("descriptors") == [0, 1, 2]
    assert (found.pop("composition"), found.pop("asset")) == ("mine", "picture")
    segment = found.pop("shared memory")
    assert isinstance(segment, int)
    assert segment >= 0
    assert str(segment) not in segments(), "nor memory that outlives who made it"
    for name in ("set-user-ID", "plant", "deep tree", "public"):
        found.pop(name)
    assert {name: came for name, came in found.items() if came not in REFUSED} == {}
    assert len(found) > 10
    assert not folder.exists(), "what it left is gone, however deep"
    assert not public.exists(), "also from where everybody may write"
    assert (other / "composition.json").read_text() == "secret"


@pytest.mark.long
@as_root
def test_what_an_engine_hides_in_a_folder_of_somebody_else_is_removed_too(work: Path) -> None:
    """Such as /tmp/.X11-unix: everybody may write there, and it is nobody's to remove."""
    shared = Path(tempfile.mkdtemp(prefix="shared-", dir="/tmp"))
    inner = shared / "inner"
    inner.mkdir()
    (inner / "roots").touch()
    for folder in (shared, inner):
        folder.chmod(0o1777)
    workspace = Workspace(work, NOBODY)
    workspace.prepare()
    try:
        with workspace.bench("r_1", 1) as bench:
            made = f"mkdir -p {inner}/deep/er && touch {shared}/file {inner}/deep/er/file"
            script = f"{made} && chmod 0 {inner}/deep"
            assert isinstance(run(bench, ["/bin/sh", "-c", script]), Exited)
            assert (inner / "deep").exists()
        assert [one.name for one in shared.iterdir()] == ["inner"]
        assert [one.name for one in inner.iterdir()] == ["roots"]
    finally:
        shutil.rmtree(shared)


def segments() -> set[str]:
    """The ids of the shared memory that there is (proc_sysvipc(5))."""
    lines = Path("/proc/sysvipc/shm").read_text().splitlines()[1:]
    return {line.split()[1] for line in lines}


LEFT_AS_VIDEO: dict[str, Callable[[Path, Path], None]] = {
    "a link": lambda video, secret: video.symlink_to(secret),
    "a second name": lambda video, secret: os.link(secret, video),
    "a pipe": lambda video, _: os.mkfifo(video),
    "a folder": lambda video, _: video.mkdir(),
    "a link to a device": lambda video, _: video.symlink_to("/dev/zero"),
    "a terabyte that takes no place": lambda video, _: (video.touch(), os.truncate(video, 1 << 40))[0],
    "a socket": lambda video, _: socket.socket(socket.AF_UNIX).bind(os.fspath(video)),
    "nothing": lambda _, __: None,
}


@pytest.mark.parametrize("what", LEFT_AS_VIDEO)
def test_only_a_file_of_its_own_is_published(tmp_path: Path, what: str) -> None:
    secret = tmp_path / "agent.env"
    secret.write_text("AWS_SECRET_ACCESS_KEY=x")
    LEFT_AS_VIDEO[what](tmp_path / "video.mp4", secret)
    assert size_of_plain_file(tmp_path / "video.mp4") is None


@as_root
def test_a_video_that_the_agent_may_not_read_is_no_video(work: Path) -> None:
    video = work / "video.mp4"
    video.write_text("x")
    script = (
        "import sys; sys.path[:0] = sys.argv[1:]; from pathlib import Path;"
        "from handlers.render_agent.workspace import size_of_plain_file;"
        f"print(size_of_plain_file(Path({str(video)!r})))"
    )
    shutil.copytree(Path(__file__).parents[2] / "handlers", work / "handlers")
    subprocess.run(["chmod", "-R", "a+rX", str(work)], check=True)
    video.chmod(0)
    said = subprocess.run(
        NOBODY.wrap([*PYTHON, "-c", script, str(work)]), capture_output=True, text=True, check=False
    )
    assert said.stdout.strip() == "None", said.stderr


def test_an_unconfined_engine_leaves_nothing_either(tmp_path: Path) -> None:
    """On the local stack engines run as whoever runs it."""
    workspace = Workspace(tmp_path, UNCONFINED)
    workspace.prepare()
    with workspace.bench("r_1", 1) as bench:
        script = "mkdir -p a/b && touch a/b/c && chmod 0 a/b a; ln -s / root"
        assert isinstance(run(bench, ["/bin/sh", "-c", script]), Exited)
        folder = bench.folder
    assert not folder.exists()
    assert Path("/etc").is_dir()


def test_a_planted_agent_is_not_what_runs_next(tmp_path: Path) -> None:
    package = tmp_path / "handlers" / "render_agent"
    package.mkdir(parents=True)
    (package / "__main__.py").write_text("print('owned')")
    lines = unit().splitlines()
    start = next(line for line in lines if line.startswith("ExecStart=")).split()[1:]
    assert start == ["-P", "-s", "-m", "handlers.render_agent"]
    assert any("PYTHONSAFEPATH=1" in line for line in lines)
    done = subprocess.run(
        [sys.executable, *start],
        cwd=tmp_path,
        env={"PYTHONSAFEPATH": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "owned" not in done.stdout


def settings_of_unit() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in unit().splitlines():
        name, _, value = line.partition("=")
        found.setdefault(name, []).append(value)
    return found


def test_the_agent_starts_where_it_cannot_write_and_writes_where_only_it_runs() -> None:
    unit_ = settings_of_unit()
    assert unit_["WorkingDirectory"] == ["/opt/clip-it/releases/1"]
    assert unit_["ReadWritePaths"] == ["/opt/clip-it/work"]
    assert unit_["ProtectSystem"] == ["strict"]
    assert unit_["NoNewPrivileges"] == ["yes"]
    assert unit_["PrivateTmp"] == ["yes"]
    assert "MemoryMax" in unit_
    assert unit_["User"] == ["clip-it"]
    assert "CLIPIT_RUN_ENGINE_AS=clip-it-engine" in unit_["Environment"]
    assert set(unit_["AmbientCapabilities"][0].split()) == {"CAP_SETUID", "CAP_SETGID", "CAP_KILL"}
    assert unit_["CapabilityBoundingSet"] == unit_["AmbientCapabilities"]


def test_what_root_opens_is_roots() -> None:
    """A link at log/agent.log, in a folder that the agent could write, let root create any file."""
    document = (Path(__file__).parents[2] / "components/documents/render-bootstrap.yaml").read_text()
    assert re.findall(r"chown (\S+) (.*)", document) == [
        ("root:root", '"$root/agent.env" "$root/log"'),
        ("clip-it:clip-it-engine", '"$root/work"'),
    ]


@as_root
@pytest.mark.skipif(shutil.which("unshare") is None, reason="needs network namespaces")
def test_the_engines_user_has_no_way_to_the_metadata_address() -> None:
    """With the rules of the unit, in a network of its own; the agent's user keeps its way."""
    rules = [
        line.lstrip("-+")
        for line in settings_of_unit()["ExecStartPre"]
        if "fd00" not in line and "-6" not in line
    ]
    assert len(rules) == 2
    ways = "; ".join(f"ip route get 169.254.169.254 uid {uid} 2>&1" for uid in (991, 990))
    script = f"{{ {rules[0]}; }} 2>/dev/null; {rules[1]} && {{ {ways}; }}"
    done = subprocess.run(["unshare", "-n", "sh", "-c", script], capture_output=True, text=True, check=False)
    if "unshare" in done.stderr:
        pytest.skip(f"no network of its own can be made here: {done.stderr}")
    # This network leads nowhere: who is not refused hears that there is no way.
    assert [line.rpartition(": ")[2] for line in done.stdout.splitlines()] == [
        "Permission denied",
        "Network is unreachable",
    ], done


def test_an_engine_that_never_ends_is_ended(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path, UNCONFINED)
    workspace.prepare()
    began = time.monotonic()
    with workspace.bench("r_1", 1) as bench:
        assert run(bench, ["/bin/sleep", "30"], seconds=0.3) == TimedOut(seconds=0.3)
    assert time.monotonic() - began < 10


def test_memory_that_ran_out_is_the_compositions_failure_the_second_time() -> None:
    end = Exited(code=-9, result=None, complaint=None, out_of_memory=True)
    first = judge(end, None, None)
    assert first == OUT_OF_MEMORY
    assert isinstance(first, Failure)
    assert not first.code.permanent
    second = judge(end, None, first)
    assert isinstance(second, Failure)
    assert second.code is FailureCode.COMPOSITION_REFUSED
    assert second.code.permanent
    other = Failure(code=FailureCode.ENGINE_CRASHED, detail="the engine ended with code 1")
    assert judge(end, None, other) == OUT_OF_MEMORY


def test_the_kernel_says_whether_it_ended_somebody_for_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cgroups, "_own", lambda: tmp_path)
    assert cgroups.ended_for_memory() == 0
    (tmp_path / "memory.events").write_text("low 0\nhigh 3\nmax 9\noom 2\noom_kill 2\n")
    assert cgroups.ended_for_memory() == 2
