"""The environment variables of a fleet's agents, and the text that carries them to an instance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components import settings
from components.naming import Naming
from components.naming.fleet_names import LAUNCH_HOOK, TERMINATE_HOOK, FleetNames


@dataclass(frozen=True, kw_only=True)
class AgentEnvironmentArgs:
    """One fleet, and where its agents find jobs and files."""

    naming: Naming
    fleet: str
    renders: settings.Renders
    settings: settings.Fleet
    table_name: pulumi.Input[str]
    inputs_bucket: pulumi.Input[str]
    outputs_bucket: pulumi.Input[str]
    queue_url: pulumi.Input[str]
    dead_letter_url: pulumi.Input[str]


def agent_environment(args: AgentEnvironmentArgs) -> dict[str, pulumi.Input[str]]:
    """The environment variables of the agents, by name; `handlers/render_agent/settings.py` reads them."""
    renders = args.renders
    return {
        "AWS_REGION": args.naming.region,
        "CLIPIT_ENVIRONMENT": args.naming.environment,
        "CLIPIT_TABLE": args.table_name,
        "CLIPIT_FLEET": args.fleet,
        "CLIPIT_QUEUE_URL": args.queue_url,
        "CLIPIT_DEAD_LETTER_URL": args.dead_letter_url,
        "CLIPIT_INPUTS_BUCKET": args.inputs_bucket,
        "CLIPIT_OUTPUTS_BUCKET": args.outputs_bucket,
        "CLIPIT_ENGINE_COMMAND": args.settings.engine_command,
        # Not the group's own output: agents need the name before the group launches any.
        "CLIPIT_GROUP_NAME": FleetNames.of(args.naming, args.fleet).group,
        "CLIPIT_LAUNCH_HOOK": LAUNCH_HOOK,
        "CLIPIT_TERMINATE_HOOK": TERMINATE_HOOK,
        "CLIPIT_HEARTBEAT_SECONDS": str(renders.heartbeat_seconds),
        "CLIPIT_LEASE_SECONDS": str(renders.lease_seconds),
        "CLIPIT_JOB_TIMEOUT_SECONDS": str(renders.job_timeout_seconds),
        "CLIPIT_STALL_SECONDS": str(renders.stall_seconds),
        "CLIPIT_ATTEMPT_LIMIT": str(renders.attempt_limit),
        "CLIPIT_TENANT_RENDERS": str(args.settings.tenant_maximum),
        "CLIPIT_WORK_DIRECTORY": f"{args.settings.install_root}/work",
    }


def agent_environment_text(environment: Mapping[str, str]) -> str:
    """The agent's environment as KEY=VALUE lines.

    Raises:
        ValueError: when a value has several lines, which the file could not carry.
    """
    broken = sorted(key for key, value in environment.items() if "\n" in value)
    if broken:
        raise ValueError(f"Values of the agent's environment must be one line each; these are not: {broken}.")
    return "\n".join(f"{key}={environment[key]}" for key in sorted(environment))
