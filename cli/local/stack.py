"""The actions of `clipit local`: start a stack, show it, stop it."""

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

from cli.display import display
from cli.display.stack_events import StackEventReporter
from cli.exits import MESSAGE_PREFIX, CommandError, Exit
from cli.local.failures import as_command_errors
from local.emulator.connection import Connection
from local.processes import children
from local.stack import session
from local.stack.deployed import operator_variables
from local.stack.runner import LocalStack, Options, running, variables
from local.stack.session import Session
from local.stack_events import StackEvent

Status: TypeAlias = dict[str, object]

_DEPLOY_DEADLINE_S = 300.0
_API_DEADLINE_S = 60.0
_START_DEADLINE_S = 400.0
_API_WAIT_S = 15.0
_END_DEADLINE_S = 30.0
_POLL_S = 0.2
API_URL = "CLIPIT_API_URL"
DEPLOYED_WITH = "CLIPIT_TABLE"
"""The variable that only a deployed stack has."""
_ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """The options of a stack."""

    deploy: bool
    port: int
    emulator_port: int

    def arguments(self) -> list[str]:
        """The options as arguments for another process."""
        return [
            "--deploy" if self.deploy else "--no-deploy",
            *("--port", str(self.port), "--emulator-port", str(self.emulator_port)),
        ]


def up(wanted: Wanted, *, as_json: bool) -> None:
    """Start, deploy, and run until a signal; all processes have ended when this returns.

    Raises:
        CommandError: The stack did not come up, or failed later.
    """
    _refuse_a_second()
    events: queue.SimpleQueue[StackEvent] = queue.SimpleQueue()
    options = Options(api_port=wanted.port, emulator_port=wanted.emulator_port, folder=session.FOLDER)
    is_up = False
    try:
        with (
            display.showing(as_json=as_json) as shown,
            as_command_errors(),
            session.alone(),
            running(options, events.put) as stack,
        ):
            found = _bring_up(stack, wanted, shown)
            is_up = True
            _stay(stack, found, StackEventReporter(display=shown), events)
    except CommandError as problem:
        if not (is_up and problem.code is Exit.INTERRUPTED):
            raise


def _refuse_a_second() -> None:
    """Refuse to start when a stack of this checkout is already up or starting."""
    if other := session.find():
        raise CommandError(
            f"it is up already (process {other.pid}, {other.api_url or other.emulator_url}); "
            f"`clipit local down` ends it"
        )
    with as_command_errors(), session.alone():
        return


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
    state = f"The API answers at {found.api_url}" if found.api_url else "The emulated AWS is up and empty"
    shown.phase("up", f'{state}; in another shell: eval "$(clipit local env)"')
    return found


def _stay(
    stack: LocalStack, found: Session, reporter: StackEventReporter, events: "queue.SimpleQueue[StackEvent]"
) -> None:
    """Show events, and publish the API's address whenever the API is deployed or destroyed."""
    while True:
        stack.check()
        found = session.follow(found, stack.api_url())
        try:
            reporter.report(events.get(timeout=_POLL_S))
        except queue.Empty:
            continue


def up_in_background(wanted: Wanted) -> None:
    """Run `up` in its own process; returns once the stack is up.

    Raises:
        CommandError: It did not come up.
    """
    _refuse_a_second()
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
    shown = display.on_terminal()
    if shown:
        shown.phase("up", f"Starting the stack in the background; its log is {session.LOG}")
    is_up = False
    try:
        _wait_until_up(process, shown)
        is_up = True
    except KeyboardInterrupt:
        children.end(process, deadline_s=_END_DEADLINE_S)
        raise CommandError("interrupted; all processes have ended", Exit.INTERRUPTED) from None
    finally:
        if shown:
            shown.close(finished=is_up)


def _wait_until_up(process: subprocess.Popen[bytes], shown: display.Display | None) -> None:
    """Wait, and show the newest line of the log meanwhile."""
    deadline, newest = time.monotonic() + _START_DEADLINE_S, ""
    while not _keeps(process):
        if process.poll() is not None:
            raise ended(process.returncode)
        if time.monotonic() > deadline:
            children.end(process, deadline_s=_END_DEADLINE_S)
            late = f"not up within {_START_DEADLINE_S:.0f} s; see {session.LOG}"
            raise CommandError(late, Exit.TOO_LATE)
        written = session.LOG.read_text(errors="replace").splitlines()[-1:]
        if shown and written and written[0] != newest:
            newest = written[0]
            # Its own time of day stands there already.
            shown.line(" ".join(newest.split()[1:]))
        time.sleep(_POLL_S)


def ended(code: int) -> CommandError:
    """Why the background process has ended: its last message, and how it ended."""
    lines = session.LOG.read_text(errors="replace").strip().splitlines()[-20:]
    messages = [line.removeprefix(MESSAGE_PREFIX) for line in lines]
    if code in set(Exit) - {Exit.OK}:
        return CommandError("\n".join(messages), Exit(code))
    how = f"by signal {-code}" if code < 0 else f"with exit code {code}"
    return CommandError("\n".join([*messages, f"it was ended {how} before it was up"]))


def _keeps(process: subprocess.Popen[bytes]) -> bool:
    found = session.find()
    return found is not None and found.pid == process.pid


def down() -> bool:
    """Stop the stack; False when there was none.

    Raises:
        CommandError: A stack is just starting.
    """
    found = session.find()
    if found is None:
        with as_command_errors(), session.alone():
            return False
    shown = display.on_terminal()
    if shown:
        shown.phase("down", "Ending every process of the stack")
    _end(found)
    if shown:
        shown.close(finished=True)
    session.LOG.unlink(missing_ok=True)
    return True


def _end(found: Session) -> None:
    os.kill(found.pid, signal.SIGTERM)
    deadline = time.monotonic() + _END_DEADLINE_S
    while found.lives() and time.monotonic() < deadline:
        time.sleep(_POLL_S)
    if found.lives():
        os.kill(found.pid, signal.SIGKILL)  # its reaper ends the rest


def environment() -> Mapping[str, str] | None:
    """The environment variables of the stack and of the service deployed to it; None without a stack.

    Waits for an API that has just been deployed.
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
    """The status, read from the emulated AWS."""
    found = session.find()
    if found is None:
        return {"up": False}
    connection = Connection(found.emulator_url, found.exports["AWS_REGION"])
    groups = connection.autoscaling().get_paginator("describe_auto_scaling_groups").paginate()
    functions = connection.functions().get_paginator("list_functions").paginate()
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
            for page in groups
            for group in page["AutoScalingGroups"]
        },
        "functions": [one["FunctionName"] for page in functions for one in page["Functions"]],
    }


def as_text(found: Status) -> str:
    """A status, one line per fact."""
    lines = [
        f"process   {found['pid']}",
        f"emulator  {found['emulator_url']}",
        f"API       {found['api_url'] or '-'}",
    ]
    groups = found["groups"]
    if isinstance(groups, Mapping):
        for name, group in groups.items():
            lines.append(f"group     {name}: {len(group['instances'])} instances, {group['desired']} desired")
            lines.extend(f"          {instance} {state}" for instance, state in group["instances"].items())
    functions = found["functions"]
    if isinstance(functions, list):
        lines.extend(f"function  {name}" for name in functions)
    return "\n".join(lines)
