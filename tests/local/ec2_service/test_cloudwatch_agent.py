"""The CloudWatch agent: it ships the files that the deployed settings name."""

import json
from pathlib import Path

from components.naming import Naming
from components.parts.render_fleet.cloudwatch_agent import agent_settings
from local.ec2_service.cloudwatch_agent import STAGE, CloudWatchAgent, CollectedFile, collected

NAMING = Naming(environment="local", owner="developer", region="eu-central-1", account_id="123456789012")


def test_the_programs_own_settings_name_the_render_agents_log() -> None:
    settings = json.loads(agent_settings(NAMING, "cpu", "/opt/clip-it"))
    assert collected(settings, Path("/instances/i-1"), "i-1") == [
        CollectedFile(
            path="/instances/i-1/opt/clip-it/log/agent.log", group="/clip-it/local/cpu/agent", stream="i-1"
        )
    ]


def test_settings_without_files_name_none() -> None:
    assert collected({"logs": {}}, Path("/"), "i-1") == []


def test_each_file_is_announced_when_the_settings_are_taken() -> None:
    told: list[tuple[str, str]] = []
    agent = CloudWatchAgent(
        instance="i-1",
        folder=Path("/instances/i-1"),
        parameter={"/settings": agent_settings(NAMING, "cpu", "opt/clip-it")}.__getitem__,
        announce=lambda stage, detail: told.append((stage, detail)),
    )
    agent.configure("/settings")
    ((stage, detail),) = told
    assert stage == STAGE
    assert CollectedFile.parse(detail).group == "/clip-it/local/cpu/agent"
