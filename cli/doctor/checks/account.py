"""The account: whose credentials these are, where, and which service-linked roles it has."""

import os

from cli.doctor.patient import Check, Finding, NotFoundError, Patient, failed, passed

_SERVICES = {
    "AWSServiceRoleForAutoScaling": "autoscaling.amazonaws.com",
    "AWSServiceRoleForECS": "ecs.amazonaws.com",
    "AWSServiceRoleForElasticLoadBalancing": "elasticloadbalancing.amazonaws.com",
}
_SPOT = {"AWSServiceRoleForEC2Spot": "spot.amazonaws.com"}


def _identity(patient: Patient) -> Finding:
    wanted = patient.settings.deployment.account_id
    found = str(patient.aws("sts", "get_caller_identity").get("Account"))
    if found != wanted:
        return failed(
            f"the credentials are of account {found}, and Pulumi.{patient.stack}.yaml says {wanted}",
            f"aws sts get-caller-identity # must print {wanted}: take the credentials of that account",
        )
    return passed(f"the credentials are of account {found}")


def _region(patient: Patient) -> Finding:
    wanted = patient.settings.deployment.region
    found = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    if found != wanted:
        return failed(f"AWS_REGION is {found or 'not set'}", f"export AWS_REGION={wanted}")
    return passed(f"AWS_REGION is {wanted}")


def _service_roles(patient: Patient) -> Finding:
    """AWS makes these roles at the first use, if whoever deploys may; a spot launch needs its own before."""
    spot = any(fleet.on_demand_percent < 100 for fleet in patient.settings.fleets.values())  # noqa: PLR2004 - percent
    wanted = {**_SERVICES, **(_SPOT if spot else {})}
    missing = [service for role, service in wanted.items() if not _has(patient, role)]
    if missing:
        return failed(
            f"there are no service-linked roles for {', '.join(missing)}",
            "; ".join(f"aws iam create-service-linked-role --aws-service-name {it}" for it in missing),
        )
    return passed(f"{len(wanted)} service-linked roles are there")


def _has(patient: Patient, role: str) -> bool:
    try:
        patient.aws("iam", "get_role", RoleName=role)
    except NotFoundError:
        return False
    return True


CHECKS = (
    Check(name="account", look=_identity),
    Check(name="region", look=_region),
    Check(name="service-linked roles", look=_service_roles),
)
