"""What the agents of a fleet are variables, and the text that carries it."""

import pytest

from components.naming import Naming
from components.parts.render_fleet.agent_environment import (
    AgentEnvironmentArgs,
    agent_environment,
    agent_environment_text,
)
from components.settings import Settings


def test_an_agent_works_below_the_folder_its_fleet_installs_to(naming: Naming, prod: Settings) -> None:
    variables = agent_environment(
        AgentEnvironmentArgs(
            naming=naming,
            fleet="gpu",
            settings=prod.fleets["gpu"],
            renders=prod.renders,
            table_name="jobs",
            inputs_bucket="inputs",
            outputs_bucket="outputs",
            queue_url="https://gpu",
            dead_letter_url="https://gpu-dead",
        )
    )
    assert variables["CLIPIT_WORK_DIRECTORY"] == f"{prod.fleets['gpu'].install_root}/work"
    assert variables["CLIPIT_FLEET"] == "gpu"


def test_the_text_has_one_line_for_each_variable_by_name() -> None:
    assert agent_environment_text({"B": "2", "A": "1"}) == "A=1\nB=2"


def test_a_value_of_several_lines_is_refused_by_name_and_not_by_content() -> None:
    with pytest.raises(ValueError, match=r"\['B'\]") as caught:
        agent_environment_text({"A": "1", "B": "2\n3"})
    assert "2" not in str(caught.value)
