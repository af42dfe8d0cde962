"""The agent's settings, from its environment; every missing or invalid name is reported at once."""

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from handlers.jobs.environment import Environment, text, whole

DEFAULT_METADATA_ENDPOINT = "http://169.254.169.254"
MOST_RENDERS = 1_000
"""Of a tenant in a fleet, where nobody says how many: more than a fleet has instances."""
_LEASE_HEARTBEATS = 3


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
    tenant_renders: int
    work_directory: Path
    metadata_endpoint: str
    engine_user: str | None


def from_environment(environment: Mapping[str, str]) -> Settings:
    """Read the settings from environment variables.

    Raises:
        SettingsError: Names every variable that is missing or invalid.
    """
    reading = Environment(environment)
    # What stands in for a missing number conflicts with no other.
    settings = Settings(
        region=reading.get("AWS_REGION", text, ""),
        environment=reading.get("CLIPIT_ENVIRONMENT", text, ""),
        table=reading.get("CLIPIT_TABLE", text, ""),
        fleet=reading.get("CLIPIT_FLEET", text, ""),
        queue_url=reading.get("CLIPIT_QUEUE_URL", text, ""),
        dead_letter_url=reading.get("CLIPIT_DEAD_LETTER_URL", text, ""),
        inputs_bucket=reading.get("CLIPIT_INPUTS_BUCKET", text, ""),
        outputs_bucket=reading.get("CLIPIT_OUTPUTS_BUCKET", text, ""),
        engine_command=reading.get("CLIPIT_ENGINE_COMMAND", _command, ()),
        group_name=reading.get("CLIPIT_GROUP_NAME", text, ""),
        launch_hook=reading.get("CLIPIT_LAUNCH_HOOK", text, ""),
        terminate_hook=reading.get("CLIPIT_TERMINATE_HOOK", text, ""),
        heartbeat_seconds=reading.get("CLIPIT_HEARTBEAT_SECONDS", whole(1, 60), 1),
        lease_seconds=reading.get("CLIPIT_LEASE_SECONDS", whole(3, 3600), 3600),
        job_timeout_seconds=reading.get("CLIPIT_JOB_TIMEOUT_SECONDS", whole(1, 36_000), 36_001),
        stall_seconds=reading.get("CLIPIT_STALL_SECONDS", whole(1, 36_000), 0),
        attempt_limit=reading.get("CLIPIT_ATTEMPT_LIMIT", whole(1, 20), 1),
        tenant_renders=reading.optional("CLIPIT_TENANT_RENDERS", whole(1, MOST_RENDERS), MOST_RENDERS),
        work_directory=reading.get("CLIPIT_WORK_DIRECTORY", Path, Path()),
        engine_user=reading.optional("CLIPIT_RUN_ENGINE_AS", text, "") or None,
        metadata_endpoint=reading.optional(
            "AWS_EC2_METADATA_SERVICE_ENDPOINT", text, DEFAULT_METADATA_ENDPOINT
        ),
    )
    for conflict in _conflicts(settings):
        reading.complain(conflict)
    reading.finish()
    return settings


def _conflicts(given: Settings) -> Iterator[str]:
    if given.lease_seconds < _LEASE_HEARTBEATS * given.heartbeat_seconds:
        yield (
            f"CLIPIT_LEASE_SECONDS is {given.lease_seconds}; it must be at least {_LEASE_HEARTBEATS} times "
            f"CLIPIT_HEARTBEAT_SECONDS ({given.heartbeat_seconds}), or one slow heartbeat loses the job"
        )
    if given.stall_seconds >= given.job_timeout_seconds:
        yield (
            f"CLIPIT_STALL_SECONDS is {given.stall_seconds}; it must be less than "
            f"CLIPIT_JOB_TIMEOUT_SECONDS ({given.job_timeout_seconds}), or it never applies"
        )


def _command(value: str) -> tuple[str, ...]:
    try:
        return tuple(shlex.split(value))
    except ValueError as error:
        raise ValueError(f"cannot be split into words ({error})") from error
