"""Whether AWS has the instances that the fleets ask for, and whether the account may have so many."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from math import ceil

from cli.doctor.patient import Check, Finding, NotFoundError, Patient, block, failed, passed, rows
from components.settings import Fleet


def _offered(patient: Patient) -> Finding:
    zones = patient.settings.network.zones
    types = {kind for fleet in patient.settings.fleets.values() for kind in fleet.instance_types}
    answer = patient.aws(
        "ec2",
        "describe_instance_type_offerings",
        LocationType="availability-zone",
        Filters=[{"Name": "instance-type", "Values": sorted(types)}],
    )
    where = {
        (str(row.get("InstanceType")), str(row.get("Location")))
        for row in rows(answer, "InstanceTypeOfferings")
    }
    bare = [
        f"{name} in {zone}"
        for name, fleet in patient.settings.fleets.items()
        for zone in zones
        if not any((kind, zone) in where for kind in fleet.instance_types)
    ]
    nowhere = sorted(kind for kind in types if not any((kind, zone) in where for zone in zones))
    if bare or nowhere:
        wrong = [f"no type for {place}" for place in bare] + [f"{kind} in no zone" for kind in nowhere]
        return failed(
            f"AWS offers {'; '.join(wrong)}",
            "aws ec2 describe-instance-type-offerings --location-type availability-zone "
            f"--filters Name=location,Values={','.join(zones)} # then change fleets.<name>.instance_types",
        )
    return passed(f"each of {len(zones)} zones has a type for each fleet")


@dataclass(frozen=True, kw_only=True)
class Quota:
    """A quota with what the stack file needs of it."""

    name: str
    service: str
    code: str
    needed: int


def quotas(patient: Patient) -> Iterator[Quota]:
    """List what the stack needs of each quota; docs/configuration.md has the same table.

    Raises:
        UnseenError: The number of vCPUs of an instance type is not to be had.
    """
    settings, server = patient.settings, patient.settings.job_server
    # AWS keeps 100 executions unreserved (AWS Lambda developer guide, "Reserved concurrency").
    yield Quota(
        name="Lambda, concurrent executions",
        service="lambda",
        code="L-B99A9384",
        needed=101 + len(settings.fleets),
    )
    yield Quota(
        name="Fargate, On-Demand vCPU",
        service="fargate",
        code="L-3032A538",
        needed=ceil(2 * server.maximum_tasks * server.cpu / 1024),
    )
    sizes = _vcpus(patient)
    for graphic, spot, code in (
        (False, True, "L-34B43A08"),
        (False, False, "L-1216C47A"),
        (True, True, "L-3819A6DF"),
        (True, False, "L-DB2E81BA"),
    ):
        fleets = [it for it in settings.fleets.values() if _graphic(it) is graphic]
        needed = sum(
            _instances(fleet, spot=spot) * max(map(sizes.__getitem__, fleet.instance_types))
            for fleet in fleets
        )
        if needed:
            kind = (
                f"{'G and VT' if graphic else 'Standard'} {'spot' if spot else 'on-demand'} instances, vCPU"
            )
            yield Quota(name=f"EC2, {kind}", service="ec2", code=code, needed=needed)


def _graphic(fleet: Fleet) -> bool:
    return fleet.instance_types[0].startswith(("g", "vt"))


def _instances(fleet: Fleet, *, spot: bool) -> int:
    """The most instances of one kind: a spot shortage turns all into on-demand, which then counts whole."""
    base = min(fleet.on_demand_base, fleet.maximum)
    on_demand = base + ceil((fleet.maximum - base) * fleet.on_demand_percent / 100)
    return fleet.maximum - on_demand if spot else on_demand


def _vcpus(patient: Patient) -> dict[str, int]:
    types = sorted({kind for fleet in patient.settings.fleets.values() for kind in fleet.instance_types})
    answer = patient.aws("ec2", "describe_instance_types", InstanceTypes=types)
    return {
        str(row.get("InstanceType")): int(str(block(row, "VCpuInfo").get("DefaultVCpus")))
        for row in rows(answer, "InstanceTypes")
    }


def _quota(patient: Patient, code: str) -> Finding:
    wanted = next((quota for quota in quotas(patient) if quota.code == code), None)
    if wanted is None:
        return passed("not needed by this stack")
    value = _value(patient, wanted)
    if value < wanted.needed:
        return failed(
            f"{wanted.name}: {value:g}, and the stack file needs {wanted.needed}",
            f"aws service-quotas request-service-quota-increase --service-code {wanted.service} "
            f"--quota-code {wanted.code} --desired-value {wanted.needed}",
        )
    return passed(f"{wanted.name}: {value:g} of {wanted.needed} needed")


def _value(patient: Patient, quota: Quota) -> float:
    """What the account has; AWS knows some quotas by their default alone (API reference, GetServiceQuota)."""
    which = {"ServiceCode": quota.service, "QuotaCode": quota.code}
    try:
        answer = patient.aws("service-quotas", "get_service_quota", **which)
    except NotFoundError:
        answer = patient.aws("service-quotas", "get_aws_default_service_quota", **which)
    return float(str(block(answer, "Quota").get("Value")))


_CODES = {
    "L-B99A9384": "quota of Lambda",
    "L-3032A538": "quota of Fargate",
    "L-34B43A08": "quota of spot instances",
    "L-1216C47A": "quota of on-demand instances",
    "L-3819A6DF": "quota of spot GPU instances",
    "L-DB2E81BA": "quota of on-demand GPU instances",
}

CHECKS = (
    Check(name="zones and instance types", look=_offered),
    *(Check(name=name, look=partial(_quota, code=code)) for code, name in _CODES.items()),
)
