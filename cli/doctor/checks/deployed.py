"""Checks a deployed stack for work in progress and missing confirmations."""

from cli.doctor.patient import Check, Finding, NotFoundError, Patient, failed, passed, rows
from components.bundles import image_version
from components.naming.alarm_names import topic_arn
from components.naming.fleet_names import FleetNames

_RUNNING = frozenset({"Pending", "InProgress", "Cancelling", "RollbackInProgress", "Baking"})
_NOT_YET = "not deployed yet"
MOST_AT_ONCE = 50
"""Instances of one question to Systems Manager, whose pages hold as many (`DescribeInstanceInformation`)."""


def _image(patient: Patient) -> Finding:
    registry, _, repository = patient.settings.job_server.image_repository.partition("/")
    tag = image_version(patient.root)
    try:
        patient.aws(
            "ecr",
            "describe_images",
            registryId=registry.partition(".")[0],
            repositoryName=repository,
            imageIds=[{"imageTag": tag}],
        )
    except NotFoundError:
        return failed(
            f"the repository {repository} has no image {tag}; no task can start",
            f".ci/image {patient.settings.job_server.image_repository}",
        )
    return passed(f"the image {tag} is in {repository}")


def _refresh(patient: Patient) -> Finding:
    for name in patient.settings.fleets:
        group = FleetNames.of(patient.naming, name).group
        try:
            answer = patient.aws("autoscaling", "describe_instance_refreshes", AutoScalingGroupName=group)
        except NotFoundError:
            return passed(_NOT_YET)
        running = [row for row in rows(answer, "InstanceRefreshes") if row.get("Status") in _RUNNING]
        if running:
            return failed(
                f"an instance refresh of {group} is {running[0].get('Status')}",
                f"aws autoscaling describe-instance-refreshes --auto-scaling-group-name {group}",
            )
    return passed("no instance refresh is running")


def _managed(patient: Patient) -> Finding:
    """Systems Manager sees each instance in service: otherwise no association and no session reaches it."""
    seen = 0
    for name in patient.settings.fleets:
        group = FleetNames.of(patient.naming, name).group
        answer = patient.aws("autoscaling", "describe_auto_scaling_groups", AutoScalingGroupNames=[group])
        serving = [
            str(instance.get("InstanceId"))
            for row in rows(answer, "AutoScalingGroups")
            for instance in rows(row, "Instances")
            if instance.get("LifecycleState") == "InService"
        ]
        for first in range(0, len(serving), MOST_AT_ONCE):
            part = serving[first : first + MOST_AT_ONCE]
            asked = [{"Key": "InstanceIds", "Values": part}]
            answer = patient.aws(
                "ssm", "describe_instance_information", Filters=asked, MaxResults=MOST_AT_ONCE
            )
            online = {
                row.get("InstanceId")
                for row in rows(answer, "InstanceInformationList")
                if row.get("PingStatus") == "Online"
            }
            if lost := [instance for instance in part if instance not in online]:
                return failed(
                    f"Systems Manager does not reach {', '.join(lost)} of fleet {name}",
                    "aws autoscaling terminate-instance-in-auto-scaling-group "
                    f"--no-should-decrement-desired-capacity --instance-id {lost[0]}",
                )
        seen += len(serving)
    return passed(f"Systems Manager reaches all {seen} instances in service")


def _addresses(patient: Patient) -> Finding:
    if not patient.settings.alarms.emails:
        return passed("no address receives alarms")
    topic = topic_arn(patient.naming)
    try:
        answer = patient.aws("sns", "list_subscriptions_by_topic", TopicArn=topic)
    except NotFoundError:
        return passed(_NOT_YET)
    waiting = [
        str(row.get("Endpoint"))
        for row in rows(answer, "Subscriptions")
        if row.get("SubscriptionArn") == "PendingConfirmation"
    ]
    if waiting:
        return failed(
            f"{', '.join(waiting)} did not confirm, and receives no alarms",
            "; ".join(
                f"aws sns subscribe --topic-arn {topic} --protocol email --notification-endpoint {address} "
                "# sends the message again: follow its link"
                for address in waiting
            ),
        )
    return passed("every address has confirmed")


CHECKS = (
    Check(name="image of the job server", look=_image),
    Check(name="instance refresh", look=_refresh),
    Check(name="host management", look=_managed),
    Check(name="addresses of alarms", look=_addresses),
)
