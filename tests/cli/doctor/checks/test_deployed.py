"""What is under way or waits for somebody once the stack is deployed."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from cli.doctor.checks import deployed
from cli.doctor.patient import NotFoundError, Result
from tests.cli.doctor.fakes import Answer, patient, settings

IMAGE, REFRESH, MANAGED, ADDRESSES = (check.look for check in deployed.CHECKS)


def test_the_image_of_these_sources_is_pushed() -> None:
    pushed = {"imageDetails": [{"imageTags": ["0.1.0"]}]}
    assert IMAGE(patient({"ecr.describe_images": pushed})).result is Result.PASSED
    assert IMAGE(patient({"ecr.describe_images": NotFoundError()})).result is Result.FAILED


@pytest.mark.parametrize(
    ("status", "result"),
    [("InProgress", Result.FAILED), ("Pending", Result.FAILED), ("Successful", Result.PASSED)],
)
def test_a_running_refresh_is_waited_for(status: str, result: Result) -> None:
    answer = {"InstanceRefreshes": [{"InstanceRefreshId": "1", "Status": status}]}
    assert REFRESH(patient({"autoscaling.describe_instance_refreshes": answer})).result is result


def group(*states: str) -> Answer:
    instance = {"AvailabilityZone": "eu-central-1a", "HealthStatus": "Healthy", "ProtectedFromScaleIn": False}
    instances = [
        {**instance, "InstanceId": f"i-{place}", "LifecycleState": state}
        for place, state in enumerate(states)
    ]
    size = {"MinSize": 0, "MaxSize": 9, "DesiredCapacity": len(states), "DefaultCooldown": 0}
    shown = {"AutoScalingGroupName": "g", "AvailabilityZones": ["eu-central-1a"], "HealthCheckType": "EC2"}
    return {
        "AutoScalingGroups": [{**shown, **size, "CreatedTime": datetime.now(UTC), "Instances": instances}]
    }


def managed(**pings: str) -> Answer:
    known = [{"InstanceId": name.replace("_", "-"), "PingStatus": ping} for name, ping in pings.items()]
    return {"InstanceInformationList": known}


@pytest.mark.parametrize(
    ("known", "lost"),
    [
        (managed(i_0="Online", i_2="Online"), ""),
        (managed(i_0="Online"), "i-2"),
        (managed(i_0="ConnectionLost", i_2="Online"), "i-0"),
    ],
)
def test_an_instance_in_service_that_systems_manager_does_not_reach_is_named(
    known: Answer, lost: str
) -> None:
    answers = {
        "autoscaling.describe_auto_scaling_groups": group("InService", "Pending:Wait", "InService"),
        "ssm.describe_instance_information": known,
    }
    found = MANAGED(patient(answers))
    assert found.result is (Result.FAILED if lost else Result.PASSED)
    assert lost in found.detail
    assert found.remedy.endswith(f"--instance-id {lost}" if lost else "")


def test_a_fleet_without_instances_asks_systems_manager_nothing() -> None:
    found = MANAGED(patient({"autoscaling.describe_auto_scaling_groups": group()}))
    assert found.detail == "Systems Manager reaches all 0 instances in service"


@pytest.mark.parametrize(
    ("arn", "result"),
    [("PendingConfirmation", Result.FAILED), ("arn:aws:sns:eu-central-1:1:a:b", Result.PASSED)],
)
def test_an_address_that_did_not_confirm_is_named(arn: str, result: Result) -> None:
    answer = {"Subscriptions": [{"SubscriptionArn": arn, "Endpoint": "on-call@example.com"}]}
    found = ADDRESSES(patient({"sns.list_subscriptions_by_topic": answer}))
    assert found.result is result
    assert ("on-call@example.com" in found.detail) is (result is Result.FAILED)


def test_a_stack_without_addresses_alarms_nobody() -> None:
    given = settings()
    given = replace(given, alarms=replace(given.alarms, emails=()))
    assert ADDRESSES(patient(given=given)).result is Result.PASSED


def test_before_the_first_deployment_there_is_nothing_to_wait_for() -> None:
    gone = NotFoundError()
    answers = {"autoscaling.describe_instance_refreshes": gone, "sns.list_subscriptions_by_topic": gone}
    assert REFRESH(patient(answers)).detail == "not deployed yet"
    assert ADDRESSES(patient(answers)).detail == "not deployed yet"
