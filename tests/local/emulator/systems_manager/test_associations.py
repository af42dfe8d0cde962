"""State Manager and Fleet Manager as far as the project uses them."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.ec2_service.ssm_agent.reporting import Reporter
from local.emulator.systems_manager import associations, managed_instances

DOCUMENT = {
    "schemaVersion": "2.2",
    "mainSteps": [{"action": "aws:runShellScript", "name": "Checks", "inputs": {"runCommand": ["true"]}}],
}


@pytest.fixture
def ssm(client: Callable[[str], Any]) -> Any:
    return client("ssm")


@pytest.fixture
def document(ssm: Any, unique: str) -> str:
    ssm.create_document(
        Name=unique, Content=json.dumps(DOCUMENT), DocumentType="Command", DocumentFormat="JSON"
    )
    return unique


@pytest.fixture
def association(ssm: Any, document: str) -> dict[str, Any]:
    return ssm.create_association(
        Name=document,
        AssociationName=f"{document}-cpu",
        Targets=[{"Key": "tag:Fleet", "Values": [document]}],
        Parameters={"InstallRoot": ["here"]},
        ScheduleExpression="rate(30 minutes)",
        ComplianceSeverity="CRITICAL",
    )["AssociationDescription"]


@pytest.fixture
def instance(client: Callable[[str], Any], document: str) -> str:
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "Fleet", "Value": document}]}]
    run = client("ec2").run_instances(ImageId="ami-12345678", MinCount=1, MaxCount=1, TagSpecifications=tags)
    return run["Instances"][0]["InstanceId"]


@pytest.fixture
def reporter(emulator_url: str, instance: str) -> Reporter:
    return Reporter(endpoint=emulator_url, region="eu-central-1", instance=instance)


def test_an_association_is_described_as_it_was_created(
    ssm: Any, association: dict[str, Any], document: str
) -> None:
    shown = ssm.describe_association(AssociationId=association["AssociationId"])["AssociationDescription"]
    assert shown["Name"] == document
    assert shown["Parameters"] == {"InstallRoot": ["here"]}
    assert shown["Overview"]["Status"] == "Pending"


def test_updating_an_association_makes_a_new_version_of_it(ssm: Any, association: dict[str, Any]) -> None:
    identity = association["AssociationId"]
    updated = ssm.update_association(AssociationId=identity, ScheduleExpression="rate(1 hour)")
    assert updated["AssociationDescription"]["AssociationVersion"] == "2"
    assert updated["AssociationDescription"]["ScheduleExpression"] == "rate(1 hour)"


def test_associations_are_listed_by_document(ssm: Any, association: dict[str, Any], document: str) -> None:
    listed = ssm.list_associations(AssociationFilterList=[{"key": "Name", "value": document}])["Associations"]
    assert [each["AssociationId"] for each in listed] == [association["AssociationId"]]


def test_a_deleted_association_does_not_exist(ssm: Any, association: dict[str, Any]) -> None:
    ssm.delete_association(AssociationId=association["AssociationId"])
    with pytest.raises(ClientError, match="AssociationDoesNotExist"):
        ssm.describe_association(AssociationId=association["AssociationId"])


def test_an_association_with_an_unknown_document_is_refused(ssm: Any, unique: str) -> None:
    with pytest.raises(ClientError, match="InvalidDocument"):
        ssm.create_association(Name=f"{unique}-absent")


@pytest.mark.parametrize("name", ["AWS-RunPatchBaseline", "AmazonCloudWatch-ManageAgent"])
def test_documents_that_aws_publishes_exist(ssm: Any, name: str) -> None:
    assert ssm.create_association(Name=name)["AssociationDescription"]["Name"] == name


def test_a_rate_below_half_an_hour_is_refused(ssm: Any, document: str) -> None:
    with pytest.raises(ClientError, match=r"rate\(10 minutes\) is not a rate of at least 30 minutes"):
        ssm.create_association(Name=document, ScheduleExpression="rate(10 minutes)")


def test_an_association_aims_at_the_instances_with_its_tags(
    ssm: Any, association: dict[str, Any], instance: str
) -> None:
    effective = ssm.describe_effective_instance_associations(InstanceId=instance)["Associations"]
    assert [each["AssociationId"] for each in effective] == [association["AssociationId"]]


def test_an_instance_that_reported_is_online_with_its_association_status(
    ssm: Any, association: dict[str, Any], instance: str, reporter: Reporter
) -> None:
    reporter.ping()
    reporter.association(
        association["AssociationId"], execution="e-1", status="Failed", summary="Checks failed"
    )
    information = ssm.describe_instance_information(Filters=[{"Key": "InstanceIds", "Values": [instance]}])
    shown = information["InstanceInformationList"][0]
    assert (shown["PingStatus"], shown["AssociationStatus"]) == ("Online", "Failed")
    items = ssm.list_compliance_items(ResourceIds=[instance])["ComplianceItems"]
    assert [(item["Status"], item["Severity"]) for item in items] == [("NON_COMPLIANT", "CRITICAL")]
    statuses = ssm.describe_instance_associations_status(InstanceId=instance)[
        "InstanceAssociationStatusInfos"
    ]
    assert statuses[0]["ExecutionSummary"] == "Checks failed"


def test_a_silent_instance_has_lost_its_connection(ssm: Any, instance: str, reporter: Reporter) -> None:
    reporter.ping()
    managed_instances._last_ping[instance] -= 3600
    information = ssm.describe_instance_information(Filters=[{"Key": "InstanceIds", "Values": [instance]}])
    assert information["InstanceInformationList"][0]["PingStatus"] == "ConnectionLost"


def test_the_overview_of_an_association_counts_its_outcomes(
    ssm: Any, association: dict[str, Any], reporter: Reporter
) -> None:
    reporter.association(association["AssociationId"], execution="e-1", status="Success", summary="")
    shown = ssm.describe_association(AssociationId=association["AssociationId"])["AssociationDescription"]
    assert shown["Overview"]["AssociationStatusAggregatedCount"] == {"Success": 1}
    assert associations.last_runs
