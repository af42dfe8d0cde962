"""Checks a deployed stack for work in progress and missing confirmations."""

from cli.doctor.patient import Check, Finding, NotFoundError, Patient, failed, passed, rows
from components.bundles import image_version
from components.naming.alarm_names import topic_arn
from components.naming.fleet_names import FleetNames

_RUNNING = frozenset({"Pending", "InProgress", "Cancelling", "RollbackInProgress", "Baking"})
_NOT_YET = "not deployed yet"


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


def _addresses(patient: Patient) -> Finding:
    if not patient.settings.alarms.emails:
        return passed("no address receives alarms")
    try:
        answer = patient.aws("sns", "list_subscriptions_by_topic", TopicArn=topic_arn(patient.naming))
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
            "follow the link in the message of AWS Notifications; `pulumi up` sends none again",
        )
    return passed("every address has confirmed")


CHECKS = (
    Check(name="image of the job server", look=_image),
    Check(name="instance refresh", look=_refresh),
    Check(name="addresses of alarms", look=_addresses),
)
