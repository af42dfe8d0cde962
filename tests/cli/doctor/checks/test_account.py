"""The account, the region and its service-linked roles."""

import pytest

from cli.doctor.checks import account
from cli.doctor.patient import NotFoundError, Verdict
from tests.cli.doctor.fakes import Answer, patient

IDENTITY, REGION, ROLES = (check.look for check in account.CHECKS)


@pytest.mark.parametrize(("number", "verdict"), [("111122223333", "passed"), ("444455556666", "failed")])
def test_the_credentials_are_of_the_account_of_the_stack_file(number: str, verdict: str) -> None:
    found = IDENTITY(patient({"sts.get_caller_identity": {"Account": number}}))
    assert found.verdict == verdict


@pytest.mark.parametrize(
    ("given", "verdict"), [("eu-central-1", "passed"), ("us-east-1", "failed"), ("", "failed")]
)
def test_the_region_is_that_of_the_stack_file(
    given: str, verdict: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_REGION", given)
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    found = REGION(patient())
    assert found.verdict == verdict
    assert found.remedy == ("" if verdict == "passed" else "export AWS_REGION=eu-central-1")


def role(RoleName: str) -> Answer:  # noqa: N803 - as AWS calls it
    arn = f"arn:aws:iam::111122223333:role/{RoleName}"
    return {"Role": {"Path": "/", "RoleName": RoleName, "RoleId": "A" * 16, "Arn": arn, "CreateDate": 0}}


def test_a_missing_service_linked_role_is_named_with_its_command() -> None:
    def get(RoleName: str) -> Answer:  # noqa: N803 - as AWS calls it
        return NotFoundError() if "Spot" in RoleName else role(RoleName)

    found = ROLES(patient({"iam.get_role": get}))
    assert found.verdict is Verdict.FAILED
    assert found.remedy == "aws iam create-service-linked-role --aws-service-name spot.amazonaws.com"


def test_all_roles_are_there() -> None:
    assert ROLES(patient({"iam.get_role": role})).verdict is Verdict.PASSED
