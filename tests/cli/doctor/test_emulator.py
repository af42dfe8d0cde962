"""The checks on the emulated AWS: each passes, or says why it could not look.

Without a stack; `docs/operations` has the protocol by hand with one.
"""

import json
from dataclasses import replace
from importlib.metadata import version

import pytest

from cli.doctor import checks
from cli.doctor.asking import BotoAws
from cli.doctor.patient import Result
from cli.doctor.rounds import run
from local.emulator import server
from local.toolchain.pulumi_cli import MINIMAL_VERSION
from tests.cli.doctor.fakes import patient, settings

SAID = {
    "version": f"v{'.'.join(map(str, MINIMAL_VERSION))}",
    "plugin": json.dumps([{"name": "aws", "version": version("pulumi-aws")}]),
    "whoami": '{"url": "file:///state"}',
    "stack": "{}",
}

pytestmark = pytest.mark.filterwarnings("ignore:Exception.Refusal. with code NotEmulated")


def test_on_the_emulated_aws_no_check_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    with server.running() as url:
        for name, value in {
            "AWS_ENDPOINT_URL": url,
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_REGION": "eu-central-1",
        }.items():
            monkeypatch.setenv(name, value)
        given = settings("local")
        asked = replace(patient(said=SAID, given=given), stack="local", aws=BotoAws(given.deployment.region))
        found = {it.check.name: it.finding for it in run(checks.ALL, asked)}
    assert {name: it for name, it in found.items() if it.result is Result.FAILED} == {}
    unseen = {name: it.detail for name, it in found.items() if it.result is Result.UNSEEN}
    assert unseen.keys() == {
        "service-linked roles",
        "quota of Lambda",
        "quota of Fargate",
        "quota of spot instances",
        "machine images",
        "key of the disks",
        "certificate",
        "image of the job server",
    }
    assert all("the local stack has no" in detail for detail in unseen.values()), unseen
