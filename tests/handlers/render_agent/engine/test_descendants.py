"""Nothing of an engine outlives its run, whatever it does about it. With real processes, so on Linux only."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from handlers.render_agent.engine import cgroups, descendants
from handlers.render_agent.engine.confinement import Confinement
from handlers.render_agent.engine.descendants import Containment
from handlers.render_agent.engine.log import EngineLog
from handlers.render_agent.engine.process import EngineEnd, EngineProcess, Exited, Limits, Stopped
from tests.handlers.render_agent.hostile_engine import WAYS

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs Linux")

GET_CHILD_SUBREAPER = 37
HOSTILE = Path(__file__).parents[1] / "hostile_engine.py"


def left(folder: Path) -> list[int]:
    """Who lives and names the folder in its command line; the dead have none."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if str(folder).encode() in (process / "cmdline").read_bytes():
                found.append(int(process.name))
        except OSError:
            continue
    return found


def children() -> set[int]:
    """Of this process, the dead that nobody has asked about included."""
    return {one.number for one in descendants._processes() if one.parent == os.getpid()}


class Run:
    """One run of the hostile engine in a folder of its own, and with an environment that says nothing."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.others = children()
        self.heard = False
        self.should_stop: Callable[[], bool] = lambda: False

    def of(self, way: str, end: str) -> EngineEnd:
        python = ["/usr/bin/env", "-i", sys.executable, "-I", "-S"]
        with EngineLog(self.folder / "engine.log") as log:
            self.engine = EngineProcess(
                [*python, str(HOSTILE), way, end, str(self.folder)],
                folder=self.folder,
                log=log,
                environment={},
                confinement=Confinement(),
            )
            limits = Limits(
                timeout_seconds=30, stall_seconds=30, seconds_to_obey=0.05, should_stop=self.should_stop
            )
            return self.engine.run(limits, on_progress=self._hear)

    def _hear(self, _: object) -> None:
        self.heard = True


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(tmp_path)


@pytest.fixture(params=[Containment.CGROUP, Containment.SUBREAPER])
def containment(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Containment:
    """What keeps the engine's processes together in this test."""
    if request.param is Containment.SUBREAPER:
        monkeypatch.setattr(cgroups, "create", lambda: None)
        return Containment.SUBREAPER
    if (group := cgroups.create()) is None:
        pytest.skip("no cgroup v2 can be made here")
    group.remove()
    return Containment.CGROUP


def assert_nobody_is_left(run: Run) -> None:
    assert list(run.folder.glob("in_place*")), "nobody was there"
    assert left(run.folder) == []
    assert run.engine.survivors == 0
    assert children() == run.others


@pytest.mark.short_form(5)
@pytest.mark.parametrize("way", WAYS)
def test_nothing_outlives_an_engine_that_is_done(run: Run, containment: Containment, way: str) -> None:
    assert isinstance(run.of(way, "is done"), Exited)
    assert run.engine.containment is containment
    assert_nobody_is_left(run)


@pytest.mark.parametrize("way", ["deaf daemon", "without environment", "multiplies"])
def test_a_cgroup_alone_is_enough(run: Run, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its orphans are the children of somebody else, whom nobody here may ask about them."""
    if (group := cgroups.create()) is None:
        pytest.skip("no cgroup v2 can be made here")
    group.remove()
    monkeypatch.setattr(descendants, "_set_subreaper", lambda _: False)
    assert isinstance(run.of(way, "is done"), Exited)
    eventually_nobody_is_left(run)


def eventually_nobody_is_left(run: Run) -> None:
    """The kernel kills at once, and buries a moment later."""
    ends = time.monotonic() + 5
    while left(run.folder):
        assert time.monotonic() < ends
        time.sleep(0.005)
    assert list(run.folder.glob("in_place*")), "nobody was there"


@pytest.mark.parametrize("way", ["revives", "changes its group"])
def test_nothing_outlives_an_engine_that_is_stopped(run: Run, containment: Containment, way: str) -> None:
    run.should_stop = lambda: run.heard
    assert run.of(way, "hangs") == Stopped()
    assert_nobody_is_left(run)


def test_nothing_outlives_an_engine_that_crashes(run: Run, containment: Containment) -> None:
    ended = run.of("deaf daemon", "crashes")
    assert isinstance(ended, Exited)
    assert ended.code == -signal.SIGKILL
    assert_nobody_is_left(run)


def test_nothing_outlives_a_run_in_which_the_agent_fails(run: Run) -> None:
    def fail() -> bool:
        if run.heard:
            raise RuntimeError("the table is gone")
        return False

    run.should_stop = fail
    with pytest.raises(RuntimeError, match="the table is gone"):
        run.of("deaf daemon", "hangs")
    assert_nobody_is_left(run)


def test_children_that_the_agent_had_before_are_left_alone(run: Run) -> None:
    with subprocess.Popen(["/bin/sleep", "60"], start_new_session=True) as other:
        try:
            run.of("deaf daemon", "is done")
            assert left(run.folder) == []
            assert other.poll() is None
        finally:
            other.kill()


def test_whoever_was_chased_down_is_buried_although_the_agent_has_another_child(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cgroups, "create", lambda: None)
    with subprocess.Popen(["/bin/sleep", "60"], start_new_session=True) as other:
        try:
            run = Run(tmp_path)
            assert other.pid in run.others
            run.of("hops", "is done")
            assert_nobody_is_left(run)
        finally:
            other.kill()


def test_orphans_that_have_ended_are_buried_while_the_engine_runs(run: Run) -> None:
    looks = iter(range(100))

    def nobody_waits() -> bool:
        mine = [one for one in descendants._processes() if one.parent == os.getpid()]
        dead = {one.number for one in mine if one.has_ended} - run.others
        return run.heard and (not dead or next(looks, None) is None)

    run.should_stop = nobody_waits
    assert run.of("leaves many dead", "hangs") == Stopped()
    assert next(looks, None) is not None
    assert_nobody_is_left(run)


def test_who_cannot_be_killed_is_counted(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(descendants, "SECONDS_TO_DIE", 0.0)
    monkeypatch.setattr(descendants.EngineDescendants, "_sweep", lambda _: 2)
    run.of("leaves many dead", "is done")
    assert run.engine.survivors == 2
    assert "2 processes of the engine could not be killed" in (run.folder / "engine.log").read_text()
    for dead in children() - run.others:
        os.waitpid(dead, 0)


def test_a_system_that_has_neither_is_told_apart(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cgroups, "create", lambda: None)
    monkeypatch.setattr(descendants, "_set_subreaper", lambda _: False)
    run.of("leaves many dead", "is done")
    assert run.engine.containment is Containment.PROCESS_GROUP


def test_between_two_runs_the_orphans_of_others_are_not_the_agents(run: Run) -> None:
    during, after = ctypes.c_int(), ctypes.c_int()
    libc = ctypes.CDLL(None)

    def look() -> bool:
        libc.prctl(GET_CHILD_SUBREAPER, ctypes.byref(during), 0, 0, 0)
        return run.heard

    run.should_stop = look
    run.of("deaf daemon", "hangs")
    libc.prctl(GET_CHILD_SUBREAPER, ctypes.byref(after), 0, 0, 0)
    assert (during.value, after.value) == (1, 0)


def test_no_cgroup_stays_behind(run: Run, containment: Containment) -> None:
    made = []
    create = cgroups.create

    def remember() -> cgroups.Cgroup | None:
        made.append(create())
        return made[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cgroups, "create", remember)
        run.of("deaf daemon", "is done")
    assert not [group for group in made if group and group._folder.exists()]
