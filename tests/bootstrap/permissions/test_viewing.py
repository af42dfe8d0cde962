"""The look for drift sees settings, and nothing that customers or applications have stored."""

import pytest

from bootstrap.permissions.viewing import DATA
from tests.bootstrap.accounts import account
from tests.iam import permitted

OF = "eu-central-1:444455556666"
TABLE = f"arn:aws:dynamodb:{OF}:table/clip-it-prod-jobs"
QUEUE = f"arn:aws:sqs:{OF}:clip-it-prod-cpu-renders"
SECRET = f"arn:aws:ssm:{OF}:parameter/clip-it/prod/webhook-secrets/acme"


def bucket(purpose: str, key: str) -> str:
    return f"arn:aws:s3:::clip-it-prod-{purpose}-444455556666-eu-central-1/{key}"


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("dynamodb:GetItem", TABLE),
        ("dynamodb:Query", f"{TABLE}/index/by-state"),
        ("dynamodb:Scan", TABLE),
        ("dynamodb:GetRecords", f"{TABLE}/stream/1"),
        ("s3:GetObject", bucket("inputs", "compositions/acme/r.json")),
        ("s3:GetObject", bucket("outputs", "outputs/acme/r/1/video.mp4")),
        ("s3:GetObjectVersion", bucket("outputs", "outputs/acme/r/1/video.mp4")),
        ("s3:GetObject", "arn:aws:s3:::somebody-elses/file"),
        ("sqs:ReceiveMessage", QUEUE),
        ("logs:GetLogEvents", f"arn:aws:logs:{OF}:log-group:/ecs/clip-it-prod-job-server:log-stream:api"),
        ("logs:StartQuery", f"arn:aws:logs:{OF}:log-group:/clip-it/prod/cpu/agent"),
        ("ssm:GetParameter", SECRET),
        ("secretsmanager:GetSecretValue", "*"),
        ("ec2:GetPasswordData", "*"),
        ("ec2:GetConsoleOutput", "*"),
        *((action, "*") for action in DATA),
    ],
)
def test_data_is_denied(action: str, resource: str) -> None:
    assert not permitted(account("prod").documents("drift"), action, resource)


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("dynamodb:DescribeTable", TABLE),
        ("dynamodb:DescribeContinuousBackups", TABLE),
        ("sqs:GetQueueAttributes", QUEUE),
        ("s3:GetBucketPolicy", bucket("outputs", "").removesuffix("/")),
        ("s3:GetObject", bucket("artifacts", "agent/1.zip")),
        ("iam:GetRolePolicy", "arn:aws:iam::444455556666:role/clip-it-prod-cpu-instances-eu-central-1"),
        ("ssm:GetParameter", f"arn:aws:ssm:{OF}:parameter/clip-it/prod/cpu/agent-environment"),
        ("ec2:DescribeLaunchTemplateVersions", "*"),
    ],
)
def test_settings_are_seen(action: str, resource: str) -> None:
    assert permitted(account("prod").documents("drift"), action, resource)


def test_it_changes_nothing() -> None:
    reading = ("Describe", "Get", "List", "Decrypt")
    for statements in account("prod").roles["drift"].allows.values():
        for statement in statements:
            if statement.effect == "Allow":
                assert [one for one in statement.actions if not one.split(":")[1].startswith(reading)] == []
