"""What is under way or waits for somebody once the stack is deployed."""

from dataclasses import replace

import pytest

from cli.doctor.checks import deployed
from cli.doctor.patient import NotFoundError, Verdict
from tests.cli.doctor.fakes import patient, settings

IMAGE, REFRESH, ADDRESSES = (check.look for check in deployed.CHECKS)


def test_the_image_of_the_stack_file_is_pushed() -> None:
    pushed = {"imageDetails": [{"imageTags": ["0.1.0"]}]}
    assert IMAGE(patient({"ecr.describe_images": pushed})).verdict is Verdict.PASSED
    assert IMAGE(patient({"ecr.describe_images": NotFoundError()})).verdict is Verdict.FAILED


@pytest.mark.parametrize(
    ("status", "verdict"),
    [("InProgress", Verdict.FAILED), ("Pending", Verdict.FAILED), ("Successful", Verdict.PASSED)],
)
def test_a_running_refresh_is_waited_for(status: str, verdict: Verdict) -> None:
    answer = {"InstanceRefreshes": [{"InstanceRefreshId": "1", "Status": status}]}
    assert REFRESH(patient({"autoscaling.describe_instance_refreshes": answer})).verdict is verdict


@pytest.mark.parametrize(
    ("arn", "verdict"),
    [("PendingConfirmation", Verdict.FAILED), ("arn:aws:sns:eu-central-1:1:a:b", Verdict.PASSED)],
)
def test_an_address_that_did_not_confirm_is_named(arn: str, verdict: Verdict) -> None:
    answer = {"Subscriptions": [{"SubscriptionArn": arn, "Endpoint": "on-call@example.com"}]}
    found = ADDRESSES(patient({"sns.list_subscriptions_by_topic": answer}))
    assert found.verdict is verdict
    assert ("on-call@example.com" in found.detail) is (verdict is Verdict.FAILED)


def test_a_stack_without_addresses_alarms_nobody() -> None:
    given = settings()
    given = replace(given, alarms=replace(given.alarms, emails=()))
    assert ADDRESSES(patient(given=given)).verdict is Verdict.PASSED


def test_before_the_first_deployment_there_is_nothing_to_wait_for() -> None:
    gone = NotFoundError()
    answers = {"autoscaling.describe_instance_refreshes": gone, "sns.list_subscriptions_by_topic": gone}
    assert REFRESH(patient(answers)).detail == "not deployed yet"
    assert ADDRESSES(patient(answers)).detail == "not deployed yet"
