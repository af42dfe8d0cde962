"""The Pulumi CLI and the plugin of the provider."""

import json
from importlib.metadata import version

import pytest

from cli.doctor.checks import tools
from cli.doctor.patient import Verdict
from tests.cli.doctor.fakes import patient

CLI, PLUGIN = (check.look for check in tools.CHECKS)
LOCKED = version("pulumi-aws")


@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        ("v3.259.0\n", Verdict.PASSED),
        ("v3.300.1-dev.0\n", Verdict.PASSED),
        ("v3.248.9\n", Verdict.FAILED),
        ("v2.25.2\n", Verdict.FAILED),
        ("", Verdict.FAILED),
    ],
)
def test_a_cli_that_cannot_judge_a_state_is_too_old(said: str, verdict: Verdict) -> None:
    assert CLI(patient(said={"version": said})).verdict is verdict


@pytest.mark.parametrize(
    ("plugins", "verdict"),
    [
        ([{"name": "aws", "version": LOCKED}], Verdict.PASSED),
        ([{"name": "aws", "version": "6.0.0"}, {"name": "aws", "version": LOCKED}], Verdict.PASSED),
        ([{"name": "aws", "version": "6.0.0"}], Verdict.FAILED),
        ([{"name": "random", "version": LOCKED}], Verdict.FAILED),
        ([], Verdict.FAILED),
    ],
)
def test_the_plugin_has_the_version_of_the_lock(plugins: list[object], verdict: Verdict) -> None:
    found = PLUGIN(patient(said={"plugin": json.dumps(plugins)}))
    assert found.verdict is verdict
    if verdict is Verdict.FAILED:
        assert found.remedy == f"pulumi plugin install resource aws v{LOCKED}"
