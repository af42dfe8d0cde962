"""State Manager associations: kept, versioned, shown, and run when an instance's agent asks for them."""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, TypeAlias

from moto.ec2 import ec2_backends
from moto.ssm.models import ssm_backends
from moto.ssm.responses import SimpleSystemManagerResponse

from local import rates
from local.emulator.registering import Request, Result, answer, answer_in_json, failure

Association: TypeAlias = dict[str, Any]
LastRun: TypeAlias = dict[str, Any]

_SETTINGS = (
    "ApplyOnlyAtCronInterval",
    "AssociationName",
    "AutomationTargetParameterName",
    "ComplianceSeverity",
    "DocumentVersion",
    "InstanceId",
    "MaxConcurrency",
    "MaxErrors",
    "Name",
    "OutputLocation",
    "Parameters",
    "ScheduleExpression",
    "SyncCompliance",
    "Targets",
)
_OWNED_BY_AWS = ("AWS", "Amazon")
"""What AWS publishes itself exists without being created; the prefixes are reserved for it."""
_SMALLEST_PERIOD_S = 30 * 60
"""https://docs.aws.amazon.com/systems-manager/latest/userguide/reference-cron-and-rate-expressions.html"""

_associations: dict[str, Association] = {}
last_runs: dict[tuple[str, str], LastRun] = {}
"""(association, instance) to what the last run on that instance came to."""


def _given(request: Request) -> Association:
    values = {name: request._get_param(name) for name in _SETTINGS}
    return {name: value for name, value in values.items() if value is not None}


def _create(request: Request) -> Result:
    given = _given(request)
    _check(request, given)
    now = datetime.now(UTC)
    association = given | {
        "AssociationId": str(uuid.uuid4()),
        "AssociationVersion": "1",
        "Date": now,
        "LastUpdateAssociationDate": now,
        "DocumentVersion": given.get("DocumentVersion", "$DEFAULT"),
    }
    _associations[association["AssociationId"]] = association
    return {"AssociationDescription": _described(association)}


def _update(request: Request) -> Result:
    """An update overwrites: what it leaves out, but for the document's name, is gone.

    https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_UpdateAssociation.html
    """
    before = _chosen(request)
    given = {"Name": before["Name"], **_given(request)}
    _check(request, given)
    association = given | {
        "AssociationId": before["AssociationId"],
        "AssociationVersion": str(int(before["AssociationVersion"]) + 1),
        "Date": before["Date"],
        "LastUpdateAssociationDate": datetime.now(UTC),
        "DocumentVersion": given.get("DocumentVersion", "$DEFAULT"),
    }
    _associations[association["AssociationId"]] = association
    return {"AssociationDescription": _described(association)}


def _describe(request: Request) -> Result:
    return {"AssociationDescription": _described(_chosen(request))}


def _delete(request: Request) -> Result:
    _associations.pop(_chosen(request)["AssociationId"])
    return {}


_FILTERS = {"AssociationId": "AssociationId", "AssociationName": "AssociationName", "Name": "Name"}


def _list(request: Request) -> Result:
    chosen = list(_associations.values())
    for each in request._get_param("AssociationFilterList") or []:
        field = _FILTERS.get(each["key"], each["key"])
        chosen = [association for association in chosen if association.get(field) == each["value"]]
    return {"Associations": [_described(association) for association in chosen]}


def _effective(request: Request) -> Result:
    """What an instance's agent has to apply."""
    instance = request._get_param("InstanceId")
    return {
        "Associations": [
            {
                "AssociationId": association["AssociationId"],
                "InstanceId": instance,
                "AssociationVersion": association["AssociationVersion"],
            }
            for association in _associations.values()
            if _aims_at(association, instance, request)
        ]
    }


def _statuses(request: Request) -> Result:
    instance = request._get_param("InstanceId")
    return {
        "InstanceAssociationStatusInfos": [
            _described(_associations[identity]) | {"InstanceId": where} | run
            for (identity, where), run in last_runs.items()
            if where == instance and identity in _associations
        ]
    }


def _executions(request: Request) -> Result:
    identity = request._get_param("AssociationId")
    return {
        "AssociationExecutions": [
            {
                "AssociationId": identity,
                "ExecutionId": run["ExecutionId"],
                "Status": run["Status"],
                "DetailedStatus": run["DetailedStatus"],
                "CreatedTime": run["ExecutionDate"],
                "LastExecutionDate": run["ExecutionDate"],
                "ResourceCountByStatus": f"{{{run['Status']}=1}}",
            }
            for (owner, _), run in last_runs.items()
            if owner == identity
        ]
    }


def _targets(request: Request) -> Result:
    """The instances of an execution; here each has executions of its own."""
    identity, execution = request._get_param("AssociationId"), request._get_param("ExecutionId")
    return {
        "AssociationExecutionTargets": [
            {
                "AssociationId": identity,
                "ExecutionId": execution,
                "ResourceId": instance,
                "ResourceType": "ManagedInstance",
                "Status": run["Status"],
                "DetailedStatus": run["DetailedStatus"],
                "LastExecutionDate": run["ExecutionDate"],
                **_output_source(identity),
            }
            for (owner, instance), run in last_runs.items()
            if (owner, run["ExecutionId"]) == (identity, execution)
        ]
    }


def _output_source(identity: str) -> Result:
    location = _associations.get(identity, {}).get("OutputLocation", {}).get("S3Location")
    return {"OutputSource": {"OutputSourceType": "S3"}} if location else {}


def _report(request: Request) -> Result:
    """An agent says how far an association has come on its instance (the agents' own call, not public)."""
    identity, instance = (request._get_param(name) for name in ("AssociationId", "InstanceId"))
    if identity not in _associations:
        raise failure("AssociationDoesNotExist", f"Association {identity} does not exist.")
    last_runs[identity, instance] = {
        "Status": request._get_param("Status"),
        "DetailedStatus": request._get_param("Status"),
        "ExecutionSummary": request._get_param("ExecutionSummary", ""),
        "ErrorCode": request._get_param("ErrorCode", ""),
        "ExecutionId": request._get_param("ExecutionId"),
        "ExecutionDate": datetime.now(UTC),
    }
    return {}


def known() -> Iterator[tuple[Association, str, LastRun]]:
    """Each association with an instance it ran on and what came of it."""
    for (identity, instance), run in last_runs.items():
        if identity in _associations:
            yield _associations[identity], instance, run


def _described(association: Association) -> Association:
    mine = [
        run["Status"] for (identity, _), run in last_runs.items() if identity == association["AssociationId"]
    ]
    worst = next(
        (status for status in ("Failed", "InProgress", "Pending", "Success") if status in mine), "Pending"
    )
    counts = {status: mine.count(status) for status in set(mine)}
    overview = {"Status": worst, "DetailedStatus": worst, "AssociationStatusAggregatedCount": counts}
    return {**association, "Overview": overview}


def _chosen(request: Request) -> Association:
    identity = request._get_param("AssociationId")
    name, instance = request._get_param("Name"), request._get_param("InstanceId")
    for association in _associations.values():
        by_name = not identity and association["Name"] == name and association.get("InstanceId") == instance
        if association["AssociationId"] == identity or by_name:
            return association
    raise failure("AssociationDoesNotExist", f"Association {identity or name} does not exist.")


def _check(request: Request, given: Association) -> None:
    """What the service refuses and this project could get wrong."""
    documents = ssm_backends[request.current_account][request.region]._documents
    if given["Name"] not in documents and not given["Name"].startswith(_OWNED_BY_AWS):
        raise failure("InvalidDocument", f"Document with name {given['Name']} does not exist.")
    if "Targets" in given and "InstanceId" in given:
        raise failure("InvalidTarget", "Only one of Targets and InstanceId may be given.")
    schedule = given.get("ScheduleExpression", "")
    if rates.is_rate(schedule):
        try:
            period_s = rates.period_s(schedule)
        except rates.RateError as error:
            raise failure("InvalidSchedule", str(error)) from None
        if period_s < _SMALLEST_PERIOD_S:
            problem = f"{schedule} is not a rate of at least {_SMALLEST_PERIOD_S // 60} minutes."
            raise failure("InvalidSchedule", problem)


def _aims_at(association: Association, instance: str, request: Request) -> bool:
    """Whether every target of the association matches the instance (a list of targets is a conjunction)."""
    if "InstanceId" in association:
        return bool(association["InstanceId"] == instance)
    targets = association.get("Targets", [])
    tags = ec2_backends[request.current_account][request.region].tags.get(instance, {})
    return bool(targets) and all(_hits(target, instance, tags) for target in targets)


def _hits(target: Association, instance: str, tags: dict[str, str]) -> bool:
    key, values = target["Key"], target["Values"]
    if key == "InstanceIds":
        return instance in values or values == ["*"]
    return key.startswith("tag:") and tags.get(key.removeprefix("tag:")) in values


def install() -> None:
    """Register these answers."""
    answer(
        SimpleSystemManagerResponse,
        create_association=_create,
        update_association=_update,
        describe_association=_describe,
        delete_association=_delete,
        list_associations=_list,
        describe_effective_instance_associations=_effective,
        describe_instance_associations_status=_statuses,
        describe_association_executions=_executions,
        describe_association_execution_targets=_targets,
    )
    answer_in_json(SimpleSystemManagerResponse, update_instance_association_status=_report)
