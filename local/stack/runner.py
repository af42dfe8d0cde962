"""Runs a local stack: owns all of its processes, ports and folders, and ends them.

However it ends (normally, by an exception, by a signal), `close` ends what was started. When the
runner itself is killed, its reaper does; when both are, the children notice that they are orphans.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from local.ec2_service.instances import Instances
from local.ecs_service.tasks import Tasks
from local.emulator.connection import Connection
from local.lambda_service.service import FunctionService
from local.minutes import Minutes
from local.processes import children, signals
from local.processes.reaper import Reaper
from local.stack import pulumi_runs
from local.stack.pulumi_runs import PulumiRuns
from local.stack.stack_file import region_of
from local.stack_events import Tell, ignored_event
from local.telemetry.telemetry import Telemetry
from local.toolchain import pulumi_cli, pulumi_home

HOST = "127.0.0.1"
_END_DEADLINE_S = 2.0
_JOIN_S = 5.0


class StackError(Exception):
    """The local stack cannot start or continue; the text says why and what to do."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """The ports of a stack; 0 chooses a free one."""

    api_port: int = 0
    emulator_port: int = 0
    pace: float = 1.0
    """How many times faster minutes pass, on a machine that keeps up."""
    folder: Path | None = None


@dataclass
class LocalStack:
    """The processes of one run and the folder they live in."""

    options: Options = field(default_factory=Options)
    tell: Tell = ignored_event
    run: str = field(default_factory=lambda: uuid.uuid4().hex)

    def __post_init__(self) -> None:
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []
        self._emulator: subprocess.Popen[bytes] | None = None
        self._reaper: Reaper | None = None
        self._environment: dict[str, str | None] = {}
        self.folder = Path()
        self.connection = Connection(f"http://{HOST}:0", region_of(pulumi_runs.STACK))
        self.instances: Instances | None = None
        self.tasks: Tasks | None = None
        self.minutes = Minutes(self.options.pace)

    def start(self) -> None:
        """Make the folder, call the reaper, start the emulator and everything that follows deployments.

        Raises:
            StackError: A chosen port is in use.
        """
        listener = self._listen()
        chosen = self.options.folder
        if chosen:
            chosen.mkdir(parents=True, exist_ok=True)
        self.folder = chosen or Path(tempfile.mkdtemp(prefix="clip-it-"))
        self._reaper = Reaper(self.run, self.folder)
        # Inherited by whatever anybody starts from here on, also by a build of the Pulumi CLI.
        self._environment = {name: os.environ.get(name) for name in (children.RUN_MARK, "TMPDIR")}
        os.environ.update({children.RUN_MARK: self.run, "TMPDIR": str(self.folder / "tmp")})
        for name in ("instances", "tasks", "functions", "logs", "tmp"):
            (self.folder / name).mkdir(exist_ok=True)
        with listener:
            endpoint = f"http://{HOST}:{listener.getsockname()[1]}"
            self.connection = Connection(endpoint, region_of(pulumi_runs.STACK))
            self._emulator = self._spawn_emulator(listener)

    def serve(self) -> None:
        """Let instances, tasks and functions follow what is deployed, from now on and while it deploys."""
        telemetry = Telemetry.to(self.connection)
        self.instances = Instances(
            connection=self.connection,
            run=self.run,
            folder=self.folder / "instances",
            search_path=_search_path(),
            tell=self.tell,
            telemetry=telemetry,
        )
        self.tasks = Tasks(
            connection=self.connection,
            run=self.run,
            folder=self.folder / "tasks",
            tell=self.tell,
            telemetry=telemetry,
            first_port=self.options.api_port,
        )
        functions = FunctionService(
            connection=self.connection,
            run=self.run,
            folder=self.folder / "functions",
            tell=self.tell,
            telemetry=telemetry,
            minutes=self.minutes,
        )
        self.minutes.at_end = self._end_minute(self.tasks, telemetry)
        parts = (self.instances, self.tasks, functions, telemetry.logs, telemetry.measurements, self.minutes)
        for part in parts:
            thread = threading.Thread(target=part.work, args=(self._stop,), name=type(part).__name__)
            thread.daemon = True
            thread.start()
            self._threads.append(thread)

    def _end_minute(self, tasks: Tasks, telemetry: Telemetry) -> Callable[[], None]:
        """What happens at the end of each minute: all is measured, then the alarms are judged."""

        def end() -> None:
            tasks.measure()
            telemetry.flush()
            with suppress(OSError):  # without an emulator there is nothing to judge
                self.connection.end_minute()

        return end

    def pulumi(self, say: Callable[[str], None]) -> PulumiRuns:
        """The Pulumi CLI with a home and a backend of this run's own; gets the CLI when there is none.

        Raises:
            pulumi_cli.NoCliError: There is no CLI and none could be installed.
        """
        cli = pulumi_cli.toolchain(say).cli()
        home = pulumi_home.prepared(cli, self.folder / "pulumi", os.environ)
        return PulumiRuns(
            executable=cli.executable,
            environment=pulumi_runs.environment(
                home.environment, backend=self.folder / "state", endpoint=self.connection.environment()
            ),
            run=self.run,
            logs=self.folder / "logs",
        )

    def api_url(self) -> str | None:
        """Where the deployed job server answers now."""
        return self.tasks.url() if self.tasks else None

    def check(self) -> None:
        """Check that the emulator still runs.

        Raises:
            StackError: The emulator has ended.
        """
        if self._emulator and self._emulator.poll() is not None:
            log = (self.folder / "logs" / "emulator.log").read_text(errors="replace").strip()
            raise StackError(f"The emulator ended with code {self._emulator.returncode}:\n{log[-2000:]}")

    @contextmanager
    def hanging(self) -> Iterator[None]:
        """Let the emulated AWS accept calls and answer none while the block lasts."""
        if self._emulator is None:
            raise StackError("The emulator has not been started.")
        self._emulator.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._emulator.send_signal(signal.SIGCONT)

    def wait_for(self, what: str, ready: Callable[[], bool], *, deadline_s: float) -> None:
        """Wait until a condition holds.

        Raises:
            StackError: It did not hold in time, or the stack failed in the meantime.
        """
        deadline = time.monotonic() + deadline_s
        while not ready():
            self.check()
            if time.monotonic() > deadline:
                raise StackError(f"{what}: not within {deadline_s:.0f} s.")
            time.sleep(0.1)

    def close(self) -> None:
        """End everything and remove the folder; later signals wait until that is done."""
        with signals.ignored():
            self._stop.set()
            children.end_run(self.run, self._groups(), deadline_s=_END_DEADLINE_S)
            for thread in self._threads:
                thread.join(_JOIN_S)
            # A thread may have started something between the first look and its own end.
            children.end_run(self.run, (), deadline_s=_END_DEADLINE_S)
            if self._emulator:
                self._emulator.wait()
            if self.folder != Path():
                shutil.rmtree(self.folder, ignore_errors=True)
            if self._reaper:
                self._reaper.dismiss()
                self._reaper = None
            for name, value in self._environment.items():
                os.environ.pop(name, None)
                if value is not None:
                    os.environ[name] = value

    def _groups(self) -> list[int]:
        return [self._emulator.pid] if self._emulator else []

    def _listen(self) -> socket.socket:
        for name, port in (("API", self.options.api_port), ("emulator", self.options.emulator_port)):
            try:
                listener = socket.create_server((HOST, port), backlog=128)
            except OSError as problem:
                reason = os.strerror(problem.errno or 0)
                raise StackError(
                    f"Port {port} cannot be used for the {name} ({reason}). Choose another one, or 0 for any."
                ) from None
            if name == "emulator":
                return listener
            listener.close()
        raise AssertionError("unreachable")

    def _spawn_emulator(self, listener: socket.socket) -> subprocess.Popen[bytes]:
        """The emulator inherits a socket that listens already: clients may connect before it answers."""
        os.set_inheritable(listener.fileno(), True)  # noqa: FBT003 - the library's own parameter
        return children.spawn(
            children.python("local.emulator", "--fd", str(listener.fileno())),
            run=self.run,
            env=dict(os.environ),
            cwd=self.folder,
            log=self.folder / "logs" / "emulator.log",
            pass_fds=(listener.fileno(),),
        )


@contextmanager
def running(options: Options, tell: Tell) -> Iterator[LocalStack]:
    """A local stack that always ends its processes; SIGTERM and SIGHUP raise `Interrupted`."""
    stack = LocalStack(options=options, tell=tell)
    with signals.as_exceptions():
        try:
            stack.start()
            yield stack
        finally:
            stack.close()


def _search_path() -> str:
    """Where instances find commands: the installed engine stands beside this interpreter."""
    return os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])


def variables(pulumi: PulumiRuns) -> Mapping[str, str]:
    """The environment variables for commands against this stack."""
    return {
        name: value
        for name, value in pulumi.environment.items()
        if name == "PATH" or name.startswith(("AWS_", "PULUMI_"))
    }
