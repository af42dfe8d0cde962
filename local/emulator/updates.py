"""Updates where moto differs from AWS: it replaces what they merge, or keeps what they replace.

Each function names the page of AWS's reference that it goes by; the tests of this module go through the
updates that this project makes, one by one.
"""

from typing import Any

from moto.cloudwatch.models import CloudWatchBackend
from moto.dynamodb.models import DynamoDBBackend
from moto.ec2.responses.launch_templates import LaunchTemplates
from moto.iam.responses import IamResponse
from moto.scheduler.models import Schedule
from moto.wafv2.models import FakeWebACL

from local.emulator.registering import Request, Result, answer

_ALARM_STATE = (
    *("came_from", "history", "state_reason", "state_reason_data", "state_updated_timestamp", "state_value"),
    "suppression",
)

_create_template_version = LaunchTemplates.create_launch_template_version
_put_alarm = CloudWatchBackend.put_metric_alarm
_update_schedule = Schedule.update
_update_acl = FakeWebACL.update


def _alarm(backend: Any, name: str, *more: Any, **named: Any) -> Any:
    """An alarm's state is left unchanged, and tags are for a new one only.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
    """
    before = backend.alarms.get(name)
    if before is None:
        return _put_alarm(backend, name, *more, **named)
    alarm = _put_alarm(backend, name, *more, **{**named, "tags": None})
    for attribute in _ALARM_STATE:
        setattr(alarm, attribute, getattr(before, attribute))
    return alarm


def _role(request: Request) -> Result:
    """The description or the session duration changes; the other of the two stays.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateRole.html
    """
    role = request.backend.get_role(request._get_param("RoleName"))
    role.description = request._get_param("Description", role.description)
    role.max_session_duration = request._get_param("MaxSessionDuration", role.max_session_duration)
    return {}


def _schedule(schedule: Any, *, state: str | None, **named: Any) -> None:
    """What is left out gets its default, also the state.

    https://docs.aws.amazon.com/scheduler/latest/APIReference/API_UpdateSchedule.html
    """
    _update_schedule(schedule, state=state or "ENABLED", **named)


def _table_tags(backend: Any, arn: str, tags: dict[str, str]) -> None:
    """A tag with the key of an existing one overwrites it.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TagResource.html
    """
    table = backend.get_table(arn)
    kept = [tag for tag in table.tags if tag["Key"] not in tags]
    table.tags = kept + [{"Key": key, "Value": value} for key, value in tags.items()]


def _web_acl(acl: Any, default_action: Any, rules: Any, description: str | None, *more: Any) -> None:
    """The whole is replaced, also by no rules and no description.

    https://docs.aws.amazon.com/waf/latest/APIReference/API_UpdateWebACL.html
    """
    _update_acl(acl, default_action, rules or [], description or "", *more)


def _template_version(request: Request) -> Request:
    """A new version inherits what it is not given from its source, when it names one.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateLaunchTemplateVersion.html
    """
    if source := request._get_param("SourceVersion"):
        name, backend = request._get_param("LaunchTemplateName"), request.ec2_backend
        template = (
            backend.get_launch_template_by_name(name)
            if name
            else backend.get_launch_template(request._get_param("LaunchTemplateId"))
        )
        given = request.params["LaunchTemplateData"]
        request.params["LaunchTemplateData"] = {**template.get_version(source).data, **given}
    return _create_template_version(request)


def install() -> None:
    """Let these updates be AWS's."""
    CloudWatchBackend.put_metric_alarm = _alarm
    DynamoDBBackend.tag_resource = _table_tags
    LaunchTemplates.create_launch_template_version = _template_version
    Schedule.update = _schedule
    FakeWebACL.update = _web_acl
    answer(IamResponse, update_role=_role)
