"""What a deployed task definition says about its container, in the words of a process."""

import json
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_ecs.type_defs import ContainerDefinitionOutputTypeDef, TaskDefinitionTypeDef
    from mypy_boto3_ssm import SSMClient

_IMAGES = Path(__file__).resolve().parents[2] / "handlers"
_CPU_UNITS = 1024
"""Of a task that may use a whole CPU, when its definition says nothing."""
_INTERPRETERS = frozenset({"python", "python3"})


class TaskDefinitionError(Exception):
    """A task definition cannot be run as a process; the text says what is missing."""


@dataclass(frozen=True, kw_only=True)
class HealthCheck:
    """The container's own check."""

    command: tuple[str, ...]
    interval_s: float
    timeout_s: float
    retries: int
    start_period_s: float


@dataclass(frozen=True, kw_only=True)
class LogDriver:
    """Where the awslogs driver sends what a container prints; the stream's name begins with the prefix."""

    group: str
    prefix: str


@dataclass(frozen=True, kw_only=True)
class Container:
    """The essential container of a definition."""

    definition: str
    name: str
    image: str
    cpu_units: int
    log_driver: LogDriver | None
    command: tuple[str, ...]
    environment: Mapping[str, str]
    health_check: HealthCheck


def read(shown: "TaskDefinitionTypeDef", definition: str, ssm: "SSMClient") -> Container:
    """The essential container, with its secrets fetched.

    Raises:
        TaskDefinitionError: No essential container, no command, or no health check.
    """
    containers = [one for one in shown.get("containerDefinitions", []) if one.get("essential", True)]
    if len(containers) != 1:
        raise TaskDefinitionError(
            f"{definition} has {len(containers)} essential containers; one is expected."
        )
    container = containers[0]
    plain = {one["name"]: one["value"] for one in container.get("environment", [])}
    secret = {one["name"]: _secret(one["valueFrom"], ssm) for one in container.get("secrets", [])}
    return Container(
        definition=definition,
        name=container["name"],
        image=container.get("image", ""),
        cpu_units=int(shown.get("cpu") or _CPU_UNITS),
        log_driver=_log_driver(container),
        command=_command(container),
        environment={**plain, **secret},
        health_check=_health_check(container, definition),
    )


def _log_driver(container: "ContainerDefinitionOutputTypeDef") -> LogDriver | None:
    configuration = container.get("logConfiguration")
    if not configuration or configuration["logDriver"] != "awslogs":
        return None
    options = configuration.get("options", {})
    return LogDriver(group=options["awslogs-group"], prefix=options["awslogs-stream-prefix"])


def _secret(source: str, ssm: "SSMClient") -> str:
    name = source.rpartition(":parameter")[2]
    return ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]


def _command(container: "ContainerDefinitionOutputTypeDef") -> tuple[str, ...]:
    own = [*container.get("entryPoint", []), *container.get("command", [])]
    return _with_this_python(own or image_command(container.get("image", "")))


def image_command(image: str) -> list[str]:
    """What an image runs by itself, from the Dockerfile that it is built from.

    Raises:
        TaskDefinitionError: There is no such Dockerfile, or it has no CMD in list form.
    """
    repository = image.rpartition("/")[2].partition(":")[0]
    for dockerfile in sorted(_IMAGES.glob("*/Dockerfile")):
        if repository.endswith(dockerfile.parent.name.replace("_", "-")):
            lines = re.findall(r"^(CMD|ENTRYPOINT)\s+(\[.*\])\s*$", dockerfile.read_text(), re.MULTILINE)
            if lines:
                last = {keyword: json.loads(listed) for keyword, listed in lines}
                return [*last.get("ENTRYPOINT", []), *last.get("CMD", [])]
            raise TaskDefinitionError(f"{dockerfile.parent.name}/Dockerfile has no CMD in list form.")
    raise TaskDefinitionError(f"The image {image!r} is built from no Dockerfile of this project.")


def _health_check(container: "ContainerDefinitionOutputTypeDef", definition: str) -> HealthCheck:
    check = container.get("healthCheck")
    if not check:
        raise TaskDefinitionError(
            f"{definition} has no container health check; nothing could heal its tasks."
        )
    kind, *command = check["command"]
    if kind == "CMD-SHELL":
        command = ["sh", "-c", *command]
    return HealthCheck(
        command=_with_this_python(command),
        interval_s=float(check.get("interval", 30)),
        timeout_s=float(check.get("timeout", 5)),
        retries=int(check.get("retries", 3)),
        start_period_s=float(check.get("startPeriod", 0)),
    )


def _with_this_python(command: Sequence[str]) -> tuple[str, ...]:
    """The container's interpreter is this one here."""
    first, *rest = command
    return (sys.executable if first in _INTERPRETERS else first, *rest)
