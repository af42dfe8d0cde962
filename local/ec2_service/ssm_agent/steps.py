"""Running one step of a document on this machine, as the real agent's plugins do."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol
from urllib.parse import urlparse

from local.ec2_service.ssm_agent.documents import Step

SECONDS_OF_AWS = 0.5
_DEFAULT_TIMEOUT_S = 3600.0
_REPORTED_CHARACTERS = 2500
"""The service keeps as much of a step's output: https://docs.aws.amazon.com/systems-manager/latest/userguide/."""


class Storage(Protocol):
    """Where content is downloaded from."""

    def fetch(self, bucket: str, key: str, target: Path) -> None:
        """Copy an object to a file."""


@dataclass(frozen=True, kw_only=True)
class StepResult:
    """How a step went and the end of what it printed."""

    name: str
    ok: bool
    message: str
    outputs: Mapping[str, str] = field(default_factory=dict)
    """All that it printed, by `stdout` and `stderr`."""


@dataclass(frozen=True, kw_only=True)
class Machine:
    """Where steps run: a working folder, an environment, a log, a way to the objects, an agent."""

    folder: Path
    environment: Mapping[str, str]
    log: Path
    storage: Storage
    configure_cloudwatch: Callable[[str], None]
    """Hands the CloudWatch agent the name of the parameter that holds its settings."""


def run(step: Step, machine: Machine) -> StepResult:
    """Run a step of one of the actions that the project's documents use."""
    actions: dict[str, Callable[[Step, Machine], StepResult]] = {
        "aws:downloadContent": _download,
        "aws:runShellScript": _run_shell,
        "aws:configurePackage": _pass_over,
        "aws:runDocument": _run_document,
    }
    if step.action not in actions:
        known = ", ".join(sorted(actions))
        return StepResult(name=step.name, ok=False, message=f"{step.action} is not known here; {known} are.")
    return actions[step.action](step, machine)


def _pass_over(step: Step, _machine: Machine) -> StepResult:
    """Packages and documents of AWS are not here; what they do takes its time all the same."""
    time.sleep(SECONDS_OF_AWS)
    return StepResult(name=step.name, ok=True, message=f"{step.action} is not run here")


def _run_document(step: Step, machine: Machine) -> StepResult:
    """Of the documents of AWS the one that configures the CloudWatch agent has an effect here."""
    time.sleep(SECONDS_OF_AWS)
    given = step.inputs.get("documentParameters")
    location = given.get("optionalConfigurationLocation") if isinstance(given, Mapping) else None
    if step.text("documentPath") != "AmazonCloudWatch-ManageAgent" or not isinstance(location, str):
        return StepResult(name=step.name, ok=True, message=f"{step.text('documentPath')} is not run here")
    try:
        machine.configure_cloudwatch(location)
    except (LookupError, ValueError) as problem:
        return StepResult(name=step.name, ok=False, message=str(problem))
    return StepResult(name=step.name, ok=True, message=f"the CloudWatch agent has the settings of {location}")


def _download(step: Step, machine: Machine) -> StepResult:
    if step.text("sourceType") != "S3":
        message = f"sourceType is {step.text('sourceType')!r}; only S3 is known here."
        return StepResult(name=step.name, ok=False, message=message)
    try:
        address = urlparse(str(json.loads(step.text("sourceInfo"))["path"]))
        bucket, key = _bucket_and_key(address.hostname or "", address.path)
        target = _target(machine.folder / step.text("destinationPath", "."), key)
        target.parent.mkdir(parents=True, exist_ok=True)
        machine.storage.fetch(bucket, key, target)
    except Exception as problem:
        return StepResult(name=step.name, ok=False, message=f"Download failed: {problem}")
    return StepResult(name=step.name, ok=True, message=f"{bucket}/{key} -> {target.name}")


def _bucket_and_key(host: str, path: str) -> tuple[str, str]:
    """Bucket and key of an S3 address, whether the bucket stands in the host or in the path."""
    first, _, rest = host.partition(".")
    if rest.startswith(("s3.", "s3-")):
        return first, path.lstrip("/")
    bucket, _, key = path.lstrip("/").partition("/")
    return bucket, key


def _target(destination: Path, key: str) -> Path:
    """A destination that ends in a slash or is a folder receives the object under its own name."""
    name = Path(key).name
    return (
        destination
        if destination.suffix == Path(name).suffix and not destination.is_dir()
        else destination / name
    )


def _run_shell(step: Step, machine: Machine) -> StepResult:
    folder = machine.folder / step.text("workingDirectory", ".")
    if not folder.is_dir():
        return StepResult(name=step.name, ok=False, message=f"workingDirectory {folder} does not exist.")
    # Files, not pipes: what the script leaves in the background would keep a pipe open.
    files = {name: machine.log.with_name(f"step-{step.name}.{name}") for name in ("stdout", "stderr")}
    with files["stdout"].open("wb") as out, files["stderr"].open("wb") as errors:
        process = subprocess.Popen(
            ["sh", "-c", "\n".join(step.lines("runCommand"))],
            cwd=folder,
            env=dict(machine.environment),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=errors,
        )
        timeout = float(step.text("timeoutSeconds") or _DEFAULT_TIMEOUT_S)
        problem = _wait(process, timeout)
    outputs = {name: file.read_text(errors="replace") for name, file in files.items()}
    printed = "".join(outputs.values())
    with machine.log.open("a") as log:
        log.write(f"--- {step.name}\n{printed}")
    message = "\n".join(part for part in (printed.strip()[-_REPORTED_CHARACTERS:], problem) if part)
    return StepResult(name=step.name, ok=not problem, message=message, outputs=outputs)


def _wait(process: subprocess.Popen[bytes], timeout: float) -> str:
    """What is wrong with how the script ended; nothing when it ended well."""
    try:
        code = process.wait(timeout)
    except subprocess.TimeoutExpired:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        return f"The step did not end within {timeout:.0f} s and was killed."
    return f"exit code {code}" if code else ""
