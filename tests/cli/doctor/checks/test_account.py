"""The account, the region and its service-linked roles."""

import pytest

from cli.doctor.checks import account
from cli.doctor.patient import NotFoundError, Result
from tests.cli.doctor.fakes import Answer, patient

IDENTITY, REGION, ROLES = (check.look for check in account.CHECKS)


@pytest.mark.parametrize(("number", "result"), [("444455556666", "passed"), ("111122223333", "failed")])
def test_the_credentials_are_of_the_account_of_the_stack_file(number: str, result: str) -> None:
    found = IDENTITY(patient({"sts.get_caller_identity": {"Account": number}}))
    assert found.result == result


@pytest.mark.parametrize(
    ("given", "result"), [("eu-central-1", "passed"), ("us-east-1", "failed"), ("", "failed")]
)
def test_the_region_is_that_of_the_stack_file(
    given: str, result: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_REGION", given)
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    found = REGION(patient())
    assert found.result == result
    assert found.remedy == ("" if result == "passed" else "export AWS_REGION=eu-central-1")


def role(RoleName: str) -> Answer:  # noqa: N803 - as AWS calls it
    arn = f"arn:aws:iam::111122223333:role/{RoleName}"
    return {"Role": {"Path": "/", "RoleName": RoleName, "RoleId": "A" * 16, "Arn": arn, "CreateDate": 0}}


def test_a_missing_service_linked_role_is_named_with_its_command() -> None:
    def get(RoleName: str) -> Answer:  # noqa: N803 - as AWS calls it
        return NotFoundError() if "Spot" in RoleName else role(RoleName)

    found = ROLES(patient({"iam.get_role": get}))
    assert found.result is Result.FAILED
    assert found.remedy == "aws iam create-service-linked-role --aws-service-name spot.amazonaws.com"


def test_all_roles_are_there() -> None:
    assert ROLES(patient({"iam.get_role": role})).result is Result.PASSED
