"""The Pulumi CLI and the plugin of the provider."""

import json
from importlib.metadata import version

import pytest

from cli.doctor.checks import tools
from cli.doctor.patient import Result
from tests.cli.doctor.fakes import patient

CLI, PLUGIN = (check.look for check in tools.CHECKS)
LOCKED = version("pulumi-aws")


@pytest.mark.parametrize(
    ("said", "result"),
    [
        ("v3.259.0\n", Result.PASSED),
        ("v3.300.1-dev.0\n", Result.PASSED),
        ("v3.248.9\n", Result.FAILED),
        ("v2.25.2\n", Result.FAILED),
        ("", Result.FAILED),
    ],
)
def test_a_cli_that_cannot_judge_a_state_is_too_old(said: str, result: Result) -> None:
    assert CLI(patient(said={"version": said})).result is result


@pytest.mark.parametrize(
    ("plugins", "result"),
    [
        ([{"name": "aws", "version": LOCKED}], Result.PASSED),
        ([{"name": "aws", "version": "6.0.0"}, {"name": "aws", "version": LOCKED}], Result.PASSED),
        ([{"name": "aws", "version": "6.0.0"}], Result.FAILED),
        ([{"name": "random", "version": LOCKED}], Result.FAILED),
        ([], Result.FAILED),
    ],
)
def test_the_plugin_has_the_version_of_the_lock(plugins: list[object], result: Result) -> None:
    found = PLUGIN(patient(said={"plugin": json.dumps(plugins)}))
    assert found.result is result
    if result is Result.FAILED:
        assert found.remedy == f"pulumi plugin install resource aws v{LOCKED}"
