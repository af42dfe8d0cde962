"""Instances seen by Systems Manager: who registered, who still pings, who complies."""

import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime

from moto.ec2 import ec2_backends
from moto.ssm.responses import SimpleSystemManagerResponse

from local.emulator.registering import Request, Result, answer, answer_in_json
from local.emulator.systems_manager import associations

_LOST_AFTER_S = 30.0

_last_ping: dict[str, float] = {}
_registered: dict[str, Result] = {}


def _ping(request: Request) -> Result:
    """An agent registers or says that it is still there (the agents' own call, not public)."""
    instance = request._get_param("InstanceId")
    _last_ping[instance] = time.time()
    _registered.setdefault(
        instance,
        {
            "InstanceId": instance,
            "ResourceId": instance,
            "ResourceType": "EC2Instance",
            "AgentVersion": request._get_param("AgentVersion"),
            "PlatformType": "Linux",
            "PlatformName": request._get_param("PlatformName"),
            "ComputerName": request._get_param("ComputerName"),
            "IsLatestVersion": True,
            "RegistrationDate": datetime.now(UTC),
        },
    )
    return {}


def _information(request: Request) -> Result:
    filters = [
        *(request._get_param("Filters") or []),
        *(request._get_param("InstanceInformationFilterList") or []),
    ]
    tags = ec2_backends[request.current_account][request.region].tags
    shown = []
    for instance, facts in _registered.items():
        if all(_passes(each, instance, tags.get(instance, {})) for each in filters):
            shown.append(
                {
                    **facts,
                    "PingStatus": _ping_status(instance),
                    "LastPingDateTime": datetime.fromtimestamp(_last_ping[instance], UTC),
                    **_association_status(instance),
                }
            )
    return {"InstanceInformationList": shown}


def _passes(wanted: Result, instance: str, tags: dict[str, str]) -> bool:
    key = wanted.get("Key") or wanted.get("key", "")
    values = wanted.get("Values") or wanted.get("valueSet", [])
    if key == "InstanceIds":
        return instance in values
    if key == "PingStatus":
        return _ping_status(instance) in values
    return not key.startswith("tag:") or tags.get(key.removeprefix("tag:")) in values


def _ping_status(instance: str) -> str:
    return "Online" if time.time() - _last_ping[instance] < _LOST_AFTER_S else "ConnectionLost"


def _association_status(instance: str) -> Result:
    found = [run for _, where, run in associations.known() if where == instance]
    if not found:
        return {}
    counts = dict(Counter(run["Status"] for run in found))
    worst = next((status for status in ("Failed", "InProgress", "Success") if status in counts), "Pending")
    return {
        "AssociationStatus": worst,
        "LastAssociationExecutionDate": max(run["ExecutionDate"] for run in found),
        "AssociationOverview": {"DetailedStatus": worst, "InstanceAssociationStatusAggregatedCount": counts},
    }


def _items(instance: str | None = None) -> Iterator[Result]:
    for association, where, run in associations.known():
        if instance in {None, where}:
            yield {
                "ComplianceType": "Association",
                "ResourceType": "ManagedInstance",
                "ResourceId": where,
                "Id": association["AssociationId"],
                "Title": association.get("AssociationName", association["Name"]),
                "Status": "COMPLIANT" if run["Status"] == "Success" else "NON_COMPLIANT",
                "Severity": association.get("ComplianceSeverity", "UNSPECIFIED"),
                "ExecutionSummary": {
                    "ExecutionTime": run["ExecutionDate"],
                    "ExecutionId": run["ExecutionId"],
                    "ExecutionType": "Command",
                },
                "Details": {"DocumentName": association["Name"], "DetailedStatus": run["Status"]},
            }


def _compliance_items(request: Request) -> Result:
    wanted = request._get_param("ResourceIds") or [None]
    return {"ComplianceItems": [item for instance in wanted for item in _items(instance)]}


def _compliance_summaries(_: Request) -> Result:
    items = list(_items())
    good = sum(item["Status"] == "COMPLIANT" for item in items)
    return {
        "ComplianceSummaryItems": [
            {
                "ComplianceType": "Association",
                "CompliantSummary": {"CompliantCount": good},
                "NonCompliantSummary": {"NonCompliantCount": len(items) - good},
            }
        ]
    }


def install() -> None:
    """Register these answers."""
    answer(
        SimpleSystemManagerResponse,
        describe_instance_information=_information,
        list_compliance_items=_compliance_items,
        list_compliance_summaries=_compliance_summaries,
    )
    answer_in_json(SimpleSystemManagerResponse, update_instance_information=_ping)
