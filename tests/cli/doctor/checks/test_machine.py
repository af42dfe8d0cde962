"""Machine images, and the key of their disks."""

import json
from dataclasses import replace

import pytest

from cli.doctor.checks import machine
from cli.doctor.patient import Verdict
from components.settings import Settings
from tests.cli.doctor.fakes import patient, settings

IMAGES, KEY = (check.look for check in machine.CHECKS)
GOOD = {"State": "available", "Architecture": "x86_64", "RootDeviceName": "/dev/xvda"}
OWN_KEY = "arn:aws:kms:eu-central-1:111122223333:key/1"


def with_image(image: str) -> Settings:
    given = settings()
    return replace(given, fleets={"cpu": replace(given.fleets["cpu"], image_id=image)})


@pytest.mark.parametrize(
    ("wrong", "detail"),
    [
        ({}, ""),
        ({"State": "pending"}, "is pending"),
        ({"Architecture": "arm64"}, "is for arm64"),
        ({"RootDeviceName": "/dev/sda1"}, "has its root device at /dev/sda1"),
    ],
)
def test_an_image_is_available_for_x86_64_with_its_root_where_the_template_expects_it(
    wrong: dict[str, str], detail: str
) -> None:
    answers = {"ec2.describe_images": {"Images": [{**GOOD, **wrong}]}}
    found = IMAGES(patient(answers, given=with_image("ami-0123456789abcdef0")))
    assert found.verdict is (Verdict.FAILED if detail else Verdict.PASSED)
    assert detail in found.detail


def test_a_published_image_is_looked_up_by_its_parameter() -> None:
    asked: list[str] = []

    def images(ImageIds: list[str]) -> dict[str, object]:  # noqa: N803 - as AWS calls it
        asked.extend(ImageIds)
        return {"Images": [GOOD]}

    answers = {"ssm.get_parameter": {"Parameter": {"Value": "ami-1"}}, "ec2.describe_images": images}
    assert IMAGES(patient(answers, given=with_image("resolve:ssm:/aws/latest"))).verdict is Verdict.PASSED
    assert asked == ["ami-1"]


def test_an_image_that_is_gone_fails() -> None:
    found = IMAGES(
        patient({"ec2.describe_images": {"Images": []}}, given=with_image("ami-0123456789abcdef0"))
    )
    assert found.verdict is Verdict.FAILED
    assert "fleets.cpu.image_id" in found.remedy


@pytest.mark.parametrize(
    ("principal", "verdict"),
    [
        ("arn:aws:iam::111122223333:root", Verdict.FAILED),
        (
            "arn:aws:iam::111122223333:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling",
            Verdict.PASSED,
        ),
    ],
)
def test_a_key_of_ones_own_lets_auto_scaling_use_it(principal: str, verdict: Verdict) -> None:
    policy = json.dumps({"Statement": [{"Effect": "Allow", "Principal": {"AWS": principal}}]})
    answers = {
        "ec2.get_ebs_default_kms_key_id": {"KmsKeyId": OWN_KEY},
        "kms.get_key_policy": {"Policy": policy},
    }
    assert KEY(patient(answers)).verdict is verdict


def test_the_key_of_aws_needs_no_policy() -> None:
    assert (
        KEY(patient({"ec2.get_ebs_default_kms_key_id": {"KmsKeyId": "alias/aws/ebs"}})).verdict
        is Verdict.PASSED
    )
