"""What `clipit local` does: keeps a stack, looks at it, ends it."""

import os
import queue
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

from cli.demo.run import EXPECTED
from cli.display import display
from cli.display.stack_events import Narrator
from cli.exits import Exit
from local.emulator.connection import Connection
from local.processes import children
from local.processes.signals import Interrupted
from local.stack import session
from local.stack.deployed import operator_variables
from local.stack.pulumi_runs import DeployRefusedError
from local.stack.runner import LocalStack, Options, running, variables
from local.stack.session import Session
from local.stack_events import Trigger
from local.toolchain.pulumi_cli import NoCliError

Status: TypeAlias = dict[str, object]

_DEPLOY_DEADLINE_S = 300.0
_API_DEADLINE_S = 60.0
_START_DEADLINE_S = 400.0
_API_WAIT_S = 15.0
_END_DEADLINE_S = 30.0
_POLL_S = 0.2
API_URL = "CLIPIT_API_URL"
DEPLOYED_WITH = "CLIPIT_TABLE"
"""The variable that a deployed stack has, and an empty one has not."""
PREFIX = "local: "
"""Begins each complaint of `clipit local`."""
_ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """How the stack is wanted."""

    deploy: bool
    port: int
    emulator_port: int

    def arguments(self) -> list[str]:
        """The same wishes for another process."""
        return [
            "--deploy" if self.deploy else "--no-deploy",
            *("--port", str(self.port), "--emulator-port", str(self.emulator_port)),
        ]


@dataclass(frozen=True, kw_only=True)
class Problem:
    """Why it did not work, and the exit code that says so."""

    code: Exit
    text: str


_INTERRUPTED = Problem(code=Exit.INTERRUPTED, text="interrupted; everything has been ended")


def up(wanted: Wanted, *, as_json: bool) -> Problem | None:
    """Start, deploy, and stay until a signal comes; everything is ended before this returns."""
    if taken := _taken():
        return taken
    happenings: queue.SimpleQueue[Trigger] = queue.SimpleQueue()
    shown = display.JsonDisplay() if as_json else display.PlainDisplay()
    options = Options(api_port=wanted.port, emulator_port=wanted.emulator_port, folder=session.FOLDER)
    is_up = False
    try:
        with session.alone(), running(options, happenings.put) as stack:
            found = _bring_up(stack, wanted, shown)
            is_up = True
            _stay(stack, found, Narrator(display=shown), happenings)
    except (KeyboardInterrupt, Interrupted):
        return None if is_up else _INTERRUPTED
    except session.TakenError as problem:
        return Problem(code=Exit.FAILED, text=str(problem))
    except EXPECTED as problem:
        codes = {NoCliError: Exit.NO_ENGINE, DeployRefusedError: Exit.REFUSED}
        return Problem(code=codes.get(type(problem), Exit.FAILED), text=str(problem))
    return None


def _taken() -> Problem | None:
    """Whether somebody keeps a stack in this checkout, or is just starting one."""
    if other := session.find():
        return Problem(
            code=Exit.FAILED,
            text=f"it is up already (process {other.pid}, {other.api_url or other.emulator_url}); "
            f"`clipit local down` ends it",
        )
    try:
        with session.alone():
            return None
    except session.TakenError as problem:
        return Problem(code=Exit.FAILED, text=str(problem))


def _bring_up(stack: LocalStack, wanted: Wanted, shown: display.Display) -> Session:
    shown.phase("prepare", "Preparing the Pulumi CLI and the emulated AWS")
    pulumi = stack.pulumi(lambda text: shown.line(text, source="pulumi"))
    pulumi.create_stack()
    stack.serve()
    found = Session(
        pid=os.getpid(),
        birth=children.birth(os.getpid()),
        emulator_url=stack.connection.endpoint,
        exports=variables(pulumi),
    )
    if wanted.deploy:
        shown.phase("deploy", "Deploying the program under its policy pack")
        pulumi.up(
            lambda progress, name: shown.component(
                name, progress.components[name].done, progress.components[name].started
            ),
            deadline_s=_DEPLOY_DEADLINE_S,
        )
        stack.wait_for(
            "A healthy task of the job server", lambda: bool(stack.api_url()), deadline_s=_API_DEADLINE_S
        )
        found = replace(found, api_url=stack.api_url())
    session.save(found)
    shown.phase(
        "up", f"The API answers at {found.api_url}" if found.api_url else "The emulated AWS is up and empty"
    )
    shown.line('in another shell: eval "$(clipit local env)"')
    return found


def _stay(
    stack: LocalStack, found: Session, narrator: Narrator, happenings: "queue.SimpleQueue[Trigger]"
) -> None:
    """Show what happens, and let others know where the API answers, whoever deploys it or takes it down."""
    while True:
        stack.check()
        found = session.follow(found, stack.api_url())
        try:
            narrator.tell(happenings.get(timeout=_POLL_S))
        except queue.Empty:
            continue


def up_in_background(wanted: Wanted) -> Problem | None:
    """The same in a process of its own; returns once it is up or has failed."""
    if taken := _taken():
        return taken
    session.LOG.parent.mkdir(exist_ok=True)
    with session.LOG.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "cli.start", "local", "up", *wanted.arguments()],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=_ROOT,
            start_new_session=True,
        )
    deadline = time.monotonic() + _START_DEADLINE_S
    try:
        while not _keeps(process):
            if process.poll() is not None:
                return ended(process.returncode)
            if time.monotonic() > deadline:
                children.end(process, deadline_s=_END_DEADLINE_S)
                return Problem(
                    code=Exit.TOO_LATE, text=f"not up within {_START_DEADLINE_S:.0f} s; see {session.LOG}"
                )
            time.sleep(_POLL_S)
    except KeyboardInterrupt:
        children.end(process, deadline_s=_END_DEADLINE_S)
        return _INTERRUPTED
    return None


def ended(code: int) -> Problem:
    """Why the process in the background is no more: its own words, and whether somebody ended it."""
    lines = session.LOG.read_text(errors="replace").strip().splitlines()[-20:]
    said = [line.removeprefix(PREFIX) for line in lines]  # whoever tells it puts its own before
    if code in set(Exit) - {Exit.OK}:
        return Problem(code=Exit(code), text="\n".join(said))
    how = f"by signal {-code}" if code < 0 else f"with exit code {code}"
    return Problem(code=Exit.FAILED, text="\n".join([*said, f"it was ended {how} before it was up"]))


def _keeps(process: subprocess.Popen[bytes]) -> bool:
    found = session.find()
    return found is not None and found.pid == process.pid


def down() -> bool:
    """End the stack; False when there was none.

    Raises:
        session.TakenError: There is none yet, but somebody is just starting one.
    """
    found = session.find()
    if found is None:
        with session.alone():
            return False
    os.kill(found.pid, signal.SIGTERM)
    deadline = time.monotonic() + _END_DEADLINE_S
    while found.lives() and time.monotonic() < deadline:
        time.sleep(_POLL_S)
    if found.lives():
        os.kill(found.pid, signal.SIGKILL)  # its warden ends the rest
    session.LOG.unlink(missing_ok=True)
    return True


def environment() -> Mapping[str, str] | None:
    """What a shell needs to work with the stack and with what is deployed to it now; None without a stack.

    An API that was deployed a moment ago is waited for.
    """
    deadline = time.monotonic() + _API_WAIT_S
    while found := session.find():
        connection = Connection(found.emulator_url, found.exports["AWS_REGION"])
        deployed = operator_variables(connection)
        if found.api_url or DEPLOYED_WITH not in deployed or time.monotonic() > deadline:
            api = {API_URL: found.api_url} if found.api_url else {}
            return {**found.exports, **deployed, **api}
        time.sleep(_POLL_S)
    return None


def status() -> Status:
    """What runs, asked of the emulated AWS itself."""
    found = session.find()
    if found is None:
        return {"up": False}
    connection = Connection(found.emulator_url, found.exports["AWS_REGION"])
    groups = connection.autoscaling().describe_auto_scaling_groups()["AutoScalingGroups"]
    return {
        "up": True,
        "pid": found.pid,
        "emulator_url": found.emulator_url,
        "api_url": found.api_url,
        "groups": {
            group["AutoScalingGroupName"]: {
                "desired": group["DesiredCapacity"],
                "instances": {one["InstanceId"]: one["LifecycleState"] for one in group["Instances"]},
            }
            for group in groups
        },
        "functions": [one["FunctionName"] for one in connection.functions().list_functions()["Functions"]],
    }


def sheet(seen: Mapping[str, object]) -> str:
    """A status, a fact a line."""
    lines = [
        f"process   {seen['pid']}",
        f"emulator  {seen['emulator_url']}",
        f"API       {seen['api_url'] or '-'}",
    ]
    groups = seen["groups"]
    if isinstance(groups, Mapping):
        for name, group in groups.items():
            lines.append(f"group     {name}: {len(group['instances'])} instances, {group['desired']} wanted")
            lines.extend(f"          {instance} {state}" for instance, state in group["instances"].items())
    functions = seen["functions"]
    if isinstance(functions, list):
        lines.extend(f"function  {name}" for name in functions)
    return "\n".join(lines)
