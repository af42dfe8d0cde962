"""Every check of `clipit doctor` fails where what it looks at is broken, and says so where nobody can look.

Does not prove what AWS answers; its model checks the shapes (tests/cli/doctor/fakes.py).
"""

import json
import re
import shlex
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cli.doctor import checks
from cli.doctor.patient import Check, Finding, NotFoundError, Patient, Result
from cli.doctor.rounds import run
from cli.main import COMMANDS
from components.settings import Settings
from tests.cli.doctor.fakes import ROOT, Answer, patient, settings
from tests.contracts.runbooks import Command
from tests.contracts.test_runbook_commands import mistakes

ALWAYS_SEEN = {"region"}
"""Looks at the environment of its own process, so nothing can keep it from looking."""
GONE = NotFoundError("gone")
KEY = "arn:aws:kms:eu-central-1:111122223333:key/1"
SAID = {
    "version": "v2.0.0",
    "plugin": "[]",
    "whoami": "{}",
    "stack output": json.dumps({"balancer_dns_name": "balancer.example.com"}),
    "stack ls": "[]",
}
SERVING = {
    "InstanceId": "i-1",
    "LifecycleState": "InService",
    "AvailabilityZone": "eu-central-1a",
    "HealthStatus": "Healthy",
    "ProtectedFromScaleIn": False,
}
GROUP = {
    "AutoScalingGroupName": "g",
    "AvailabilityZones": ["eu-central-1a"],
    "HealthCheckType": "EC2",
    "MinSize": 0,
    "MaxSize": 1,
    "DesiredCapacity": 1,
    "DefaultCooldown": 0,
    "CreatedTime": datetime(2026, 11, 30, tzinfo=UTC),
    "Instances": [SERVING],
}


def sizes(InstanceTypes: list[str]) -> Answer:  # noqa: N803 - as AWS calls it
    return {
        "InstanceTypes": [{"InstanceType": kind, "VCpuInfo": {"DefaultVCpus": 16}} for kind in InstanceTypes]
    }


BROKEN = {
    "sts.get_caller_identity": {"Account": "999999999999"},
    "iam.get_role": GONE,
    "ec2.describe_instance_type_offerings": {"InstanceTypeOfferings": []},
    "ec2.describe_instance_types": sizes,
    "service-quotas.get_service_quota": {"Quota": {"Value": 0.0}},
    "ssm.get_parameter": {"Parameter": {"Value": "ami-1"}},
    "ec2.describe_images": {"Images": []},
    "ec2.get_ebs_default_kms_key_id": {"KmsKeyId": KEY},
    "kms.get_key_policy": {"Policy": "{}"},
    "acm.describe_certificate": GONE,
    "route53.get_hosted_zone": GONE,
    "ecr.describe_images": GONE,
    "autoscaling.describe_instance_refreshes": {
        "InstanceRefreshes": [{"InstanceRefreshId": "1", "Status": "InProgress"}]
    },
    "autoscaling.describe_auto_scaling_groups": {"AutoScalingGroups": [GROUP]},
    "ssm.describe_instance_information": {"InstanceInformationList": []},
    "sns.list_subscriptions_by_topic": {
        "Subscriptions": [{"SubscriptionArn": "PendingConfirmation", "Endpoint": "on-call@example.com"}]
    },
    "ssm.describe_parameters": {"Parameters": [{"Name": "/clip-it/prod/left"}]},
    "dynamodb.describe_table": {"Table": {}},
    "resourcegroupstaggingapi.get_resources": {"ResourceTagMappingList": []},
}


@pytest.fixture
def broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Patient:
    """A stack of which nothing is as it should be, with fleets of all kinds of instances."""
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    (tmp_path / "Pulumi.prod.yaml").write_text("config:\n  a: b\n")
    sources(tmp_path)
    names = {"balancer.example.com": frozenset({"192.0.2.1"})}
    return patient(BROKEN, said=SAID, given=with_both_kinds(settings()), root=tmp_path, names=names)


def sources(root: Path) -> None:
    """What the tag of the image is the checksum of."""
    for package in ("handlers", "handlers/jobs", "handlers/job_server"):
        (root / package).mkdir()
        (root / package / "__init__.py").touch()


def with_both_kinds(given: Settings) -> Settings:
    """Fleets of Standard and of G instances, each with spot and on-demand ones."""
    cpu = replace(given.fleets["cpu"], on_demand_base=1, on_demand_percent=20)
    return replace(given, fleets={"cpu": cpu, "gpu": replace(cpu, instance_types=("g5.xlarge",))})


def found(check: Check, given: Patient) -> Finding:
    ((_, finding),) = [(looked.check, looked.finding) for looked in run([check], given)]
    return finding


@pytest.mark.short_form(5)
@pytest.mark.parametrize("check", checks.ALL, ids=lambda check: check.name)
def test_a_check_fails_with_the_command_that_mends_it(check: Check, broken: Patient) -> None:
    finding = found(check, broken)
    assert finding.result is Result.FAILED, finding
    assert finding.detail
    assert unknown(finding.remedy) == []


@pytest.mark.parametrize("check", checks.ALL, ids=lambda check: check.name)
def test_a_check_that_could_not_look_says_why(check: Check, tmp_path: Path) -> None:
    (tmp_path / "Pulumi.prod.yaml").write_text("secretsprovider: awskms://alias/a\nencryptedkey: AQIC\n")
    sources(tmp_path)
    finding = found(check, patient(root=tmp_path))
    assert (finding.result is Result.UNSEEN) is (check.name not in ALWAYS_SEEN), finding
    assert finding.detail


@pytest.mark.parametrize(
    "remedy", ["", "ask somebody", "make a record", "aws sns subscribe --topic a", "clipit mend", ".ci/mend"]
)
def test_a_remedy_that_nobody_can_type_is_found(remedy: str) -> None:
    assert unknown(remedy)


def unknown(remedy: str) -> list[str]:
    """What of a remedy is no command with its options."""
    parts = [shlex.split(part, comments=True) for part in remedy.split("; ")]
    return [problem for words in parts for problem in _unknown(words)]


def _unknown(words: list[str]) -> list[str]:
    match words:
        case ["aws", *_]:
            return mistakes(Command(page="doctor", words=tuple(words)))
        case ["clipit", *rest]:
            known = rest[0] in {entry.name for entry in COMMANDS}
        case ["make", *targets]:
            there = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
            known = set(targets) <= set(there)
        case ["dig" | "export" | "git" | "pulumi", _, *_]:
            known = True
        case [script, *_]:
            known = script.startswith(".ci/") and (ROOT / script).is_file()
        case _:
            known = False
    return [] if known else [f"{words} is no command"]
