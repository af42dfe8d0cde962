"""Shapes of policy documents."""

import json

import pytest

from components.permissions import Statement, document, only_over_tls, trust


def test_a_statement_lists_its_actions_in_order() -> None:
    made = document([Statement(actions=["s3:PutObject", "s3:GetObject"], resources=["arn:aws:s3:::b/*"])])
    assert json.loads(made) == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": ["s3:GetObject", "s3:PutObject"],
                "Resource": ["arn:aws:s3:::b/*"],
            }
        ],
    }


def test_a_name_is_not_taken_for_an_arn() -> None:
    with pytest.raises(ValueError, match="'jobs' is not an ARN"):
        Statement(actions=["dynamodb:GetItem"], resources=["jobs"])


@pytest.mark.parametrize(("actions", "resources"), [([], ["*"]), (["s3:GetObject"], [])])
def test_a_statement_without_actions_or_resources_is_refused(
    actions: list[str], resources: list[str]
) -> None:
    with pytest.raises(ValueError, match="needs actions and resources"):
        Statement(actions=actions, resources=resources)


def test_plain_http_is_denied_to_everybody() -> None:
    (statement,) = json.loads(document([only_over_tls("sqs:*", ["arn:aws:sqs:r:1:q"])]))["Statement"]
    assert statement["Effect"] == "Deny"
    assert statement["Principal"] == "*"
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_a_service_takes_a_role_for_one_account_only() -> None:
    (statement,) = json.loads(trust("scheduler.amazonaws.com", "111122223333"))["Statement"]
    assert statement["Principal"] == {"Service": "scheduler.amazonaws.com"}
    assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": "111122223333"}}
