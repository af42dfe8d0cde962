"""What the agent reads from its environment."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

DEFAULT_METADATA_ENDPOINT = "http://169.254.169.254"
_TEXTS = (
    "AWS_REGION",
    "CLIPIT_ENVIRONMENT",
    "CLIPIT_TABLE",
    "CLIPIT_FLEET",
    "CLIPIT_QUEUE_URL",
    "CLIPIT_DEAD_LETTER_URL",
    "CLIPIT_INPUTS_BUCKET",
    "CLIPIT_OUTPUTS_BUCKET",
    "CLIPIT_ENGINE_COMMAND",
    "CLIPIT_GROUP_NAME",
    "CLIPIT_LAUNCH_HOOK",
    "CLIPIT_TERMINATE_HOOK",
    "CLIPIT_WORK_DIRECTORY",
)
_NUMBERS = {
    "CLIPIT_HEARTBEAT_SECONDS": (1, 60),
    "CLIPIT_LEASE_SECONDS": (3, 3600),
    "CLIPIT_JOB_TIMEOUT_SECONDS": (1, 36000),
    "CLIPIT_STALL_SECONDS": (1, 36000),
    "CLIPIT_ATTEMPT_LIMIT": (1, 20),
}
_LEASE_HEARTBEATS = 3


class SettingsError(ValueError):
    """The environment is not one an agent can run in; the text names everything that is wrong."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings of the agent."""

    region: str
    environment: str
    table: str
    fleet: str
    queue_url: str
    dead_letter_url: str
    inputs_bucket: str
    outputs_bucket: str
    engine_command: tuple[str, ...]
    group_name: str
    launch_hook: str
    terminate_hook: str
    heartbeat_seconds: int
    lease_seconds: int
    job_timeout_seconds: int
    stall_seconds: int
    attempt_limit: int
    work_directory: Path
    metadata_endpoint: str


def from_environment(environment: Mapping[str, str]) -> Settings:
    """Read the settings from environment variables.

    Raises:
        SettingsError: Names every variable that is missing or invalid.
    """
    complaints = [f"{name} is missing." for name in _TEXTS if not environment.get(name, "").strip()]
    numbers = {name: _number(environment, name, complaints) for name in _NUMBERS}
    command = _command(environment.get("CLIPIT_ENGINE_COMMAND", ""), complaints)
    heartbeat, lease = numbers["CLIPIT_HEARTBEAT_SECONDS"], numbers["CLIPIT_LEASE_SECONDS"]
    if heartbeat and lease and lease < _LEASE_HEARTBEATS * heartbeat:
        complaints.append(
            f"CLIPIT_LEASE_SECONDS is {lease}; it must be at least {_LEASE_HEARTBEATS} times "
            f"CLIPIT_HEARTBEAT_SECONDS ({heartbeat}), or one slow heartbeat loses the job."
        )
    timeout, stall = numbers["CLIPIT_JOB_TIMEOUT_SECONDS"], numbers["CLIPIT_STALL_SECONDS"]
    if timeout and stall >= timeout:
        complaints.append(
            f"CLIPIT_STALL_SECONDS is {stall}; it must be less than CLIPIT_JOB_TIMEOUT_SECONDS ({timeout}), "
            "or it never applies."
        )
    if complaints:
        raise SettingsError(" ".join(complaints))
    return Settings(
        region=environment["AWS_REGION"],
        environment=environment["CLIPIT_ENVIRONMENT"],
        table=environment["CLIPIT_TABLE"],
        fleet=environment["CLIPIT_FLEET"],
        queue_url=environment["CLIPIT_QUEUE_URL"],
        dead_letter_url=environment["CLIPIT_DEAD_LETTER_URL"],
        inputs_bucket=environment["CLIPIT_INPUTS_BUCKET"],
        outputs_bucket=environment["CLIPIT_OUTPUTS_BUCKET"],
        engine_command=command,
        group_name=environment["CLIPIT_GROUP_NAME"],
        launch_hook=environment["CLIPIT_LAUNCH_HOOK"],
        terminate_hook=environment["CLIPIT_TERMINATE_HOOK"],
        heartbeat_seconds=heartbeat,
        lease_seconds=lease,
        job_timeout_seconds=timeout,
        stall_seconds=stall,
        attempt_limit=numbers["CLIPIT_ATTEMPT_LIMIT"],
        work_directory=Path(environment["CLIPIT_WORK_DIRECTORY"]),
        metadata_endpoint=environment.get("AWS_EC2_METADATA_SERVICE_ENDPOINT") or DEFAULT_METADATA_ENDPOINT,
    )


def _number(environment: Mapping[str, str], name: str, complaints: list[str]) -> int:
    low, high = _NUMBERS[name]
    given = environment.get(name, "").strip()
    if not given:
        complaints.append(f"{name} is missing.")
        return 0
    if not given.isascii() or not given.isdigit() or not low <= int(given) <= high:
        complaints.append(f"{name} is {given!r}; it must be a whole number from {low} to {high}.")
        return 0
    return int(given)


def _command(given: str, complaints: list[str]) -> tuple[str, ...]:
    try:
        return tuple(shlex.split(given))
    except ValueError as error:
        complaints.append(f"CLIPIT_ENGINE_COMMAND cannot be split into words: {error}.")
        return ()
