"""What an agent accepts as its environment."""

import pytest

from handlers.jobs.environment import SettingsError
from handlers.render_agent.settings import DEFAULT_METADATA_ENDPOINT, from_environment

GIVEN = {
    "AWS_REGION": "eu-central-1",
    "CLIPIT_ENVIRONMENT": "local",
    "CLIPIT_TABLE": "table",
    "CLIPIT_FLEET": "cpu",
    "CLIPIT_QUEUE_URL": "https://queue",
    "CLIPIT_INPUTS_BUCKET": "inputs",
    "CLIPIT_OUTPUTS_BUCKET": "outputs",
    "CLIPIT_ENGINE_COMMAND": "'/opt/engine dir/engine' --licence server",
    "CLIPIT_GROUP_NAME": "group",
    "CLIPIT_LAUNCH_HOOK": "launch",
    "CLIPIT_TERMINATE_HOOK": "terminate",
    "CLIPIT_HEARTBEAT_SECONDS": "10",
    "CLIPIT_LEASE_SECONDS": "60",
    "CLIPIT_JOB_TIMEOUT_SECONDS": "3600",
    "CLIPIT_STALL_SECONDS": "300",
    "CLIPIT_ATTEMPT_LIMIT": "3",
    "CLIPIT_DEAD_LETTER_URL": "https://sqs.test/dead-letters",
    "CLIPIT_WORK_DIRECTORY": "/var/lib/agent",
}


def test_the_command_of_the_engine_is_split_like_a_shell_would() -> None:
    settings = from_environment(GIVEN)
    assert settings.engine_command == ("/opt/engine dir/engine", "--licence", "server")
    assert settings.metadata_endpoint == DEFAULT_METADATA_ENDPOINT


def test_the_metadata_endpoint_may_be_elsewhere() -> None:
    given = {**GIVEN, "AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://127.0.0.1:1"}
    assert from_environment(given).metadata_endpoint == "http://127.0.0.1:1"


def test_every_missing_variable_is_named_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        from_environment({})
    assert [name for name in GIVEN if name not in str(caught.value)] == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CLIPIT_HEARTBEAT_SECONDS", "ten"),
        ("CLIPIT_HEARTBEAT_SECONDS", "0"),
        ("CLIPIT_LEASE_SECONDS", "-1"),
        ("CLIPIT_LEASE_SECONDS", "20"),
        ("CLIPIT_STALL_SECONDS", "3600"),
        ("CLIPIT_STALL_SECONDS", "0"),
        ("CLIPIT_ATTEMPT_LIMIT", "21"),
        ("CLIPIT_ATTEMPT_LIMIT", "³"),
        ("CLIPIT_ENGINE_COMMAND", "engine 'unfinished"),
        ("CLIPIT_TABLE", " "),
    ],
)
def test_a_wrong_value_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        from_environment({**GIVEN, name: value})
