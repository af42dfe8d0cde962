"""What AWS still has of a stack that was destroyed: nothing may be left that costs money or keeps data."""

import json
from collections.abc import Callable, Iterator, Mapping

from bootstrap.names import COMPONENT as BOOTSTRAP
from cli.doctor.patient import Check, Finding, NotFoundError, Patient, block, failed, passed, rows
from cli.restore.tables import SUFFIX
from components.naming.store_names import StoreNames

_SHOWN = 5


def _leftovers(patient: Patient) -> Finding:
    """A stack without resources in its state has none in AWS."""
    stacks = {"stacks": json.loads(patient.pulumi("stack", "ls", "--json"))}
    for row in rows(stacks, "stacks"):
        count = row.get("resourceCount")
        if str(row.get("name")).rpartition("/")[2] == patient.stack and count:
            return passed(f"the stack is deployed, with {count} resources")
    found = [*_parameters(patient), *_copy(patient), *_tagged(patient)]
    if found:
        more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        return failed(
            f"the stack has no resources, and AWS has {', '.join(found[:_SHOWN])}{more}",
            f"clipit destroy --stack {patient.stack}",
        )
    return passed("nothing of this stack is in AWS")


def _parameters(patient: Patient) -> list[str]:
    asked = {"ParameterFilters": [{"Key": "Path", "Option": "Recursive", "Values": [patient.naming.path()]}]}
    pages = _pages(patient, "ssm", "describe_parameters", member="NextToken", asked=asked)
    return [f"parameter {row.get('Name')}" for page in pages for row in rows(page, "Parameters")]


def _copy(patient: Patient) -> list[str]:
    name = StoreNames.of(patient.naming).table + SUFFIX
    try:
        patient.aws("dynamodb", "describe_table", TableName=name)
    except NotFoundError:
        return []
    return [f"table {name}"]


def _tagged(patient: Patient) -> list[str]:
    """What carries the tags of the stack and still exists: AWS lists deleted resources for a while.

    The account's bootstrap has the same project and environment, and outlives every stack.
    """
    tags = patient.naming.tags("any")
    asked = {"TagFilters": [{"Key": key, "Values": [tags[key]]} for key in ("Project", "Environment")]}
    pages = _pages(
        patient, "resourcegroupstaggingapi", "get_resources", member="PaginationToken", asked=asked
    )
    arns = [
        str(row.get("ResourceARN"))
        for page in pages
        for row in rows(page, "ResourceTagMappingList")
        if {"Key": "Component", "Value": BOOTSTRAP} not in rows(row, "Tags")
    ]
    return [arn for arn in arns if not _deleted(patient, arn)]


def _pages(
    patient: Patient, service: str, operation: str, *, member: str, asked: Mapping[str, object]
) -> Iterator[Mapping[str, object]]:
    """All pages of an answer; a page may be empty and not the last."""
    answer = patient.aws(service, operation, **asked)
    yield answer
    while following := answer.get(member):
        answer = patient.aws(service, operation, **asked, **{member: following})
        yield answer


def _deleted(patient: Patient, arn: str) -> bool:
    """Whether the resource exists no more, or only until AWS forgets it."""
    for part, state, ended in _STATES:
        if part in arn:
            try:
                return state(patient, arn) in ended
            except NotFoundError:
                return True
    return False


def _key(patient: Patient, arn: str) -> str:
    return str(block(patient.aws("kms", "describe_key", KeyId=arn), "KeyMetadata").get("KeyState"))


def _instance(patient: Patient, arn: str) -> str:
    answer = patient.aws("ec2", "describe_instances", InstanceIds=[_name(arn)])
    found = [one for row in rows(answer, "Reservations") for one in rows(row, "Instances")]
    return str(block(found[0], "State").get("Name")) if found else "terminated"


def _gateway(patient: Patient, arn: str) -> str:
    answer = patient.aws("ec2", "describe_nat_gateways", NatGatewayIds=[_name(arn)])
    return _first(answer, "NatGateways", "State")


def _service(patient: Patient, arn: str) -> str:
    cluster = arn.split("/")[1]
    return _first(
        patient.aws("ecs", "describe_services", cluster=cluster, services=[arn]), "services", "status"
    )


def _cluster(patient: Patient, arn: str) -> str:
    return _first(patient.aws("ecs", "describe_clusters", clusters=[arn]), "clusters", "status")


def _task(patient: Patient, arn: str) -> str:
    answer = patient.aws("ecs", "describe_task_definition", taskDefinition=arn)
    return str(block(answer, "taskDefinition").get("status"))


def _first(answer: Mapping[str, object], name: str, field: str) -> str:
    """A field of the only row; AWS leaves the row out when it has forgotten the resource."""
    return next((str(row.get(field)) for row in rows(answer, name)), _FORGOTTEN)


def _name(arn: str) -> str:
    return arn.rpartition("/")[2]


_FORGOTTEN = "forgotten"
_STATES: tuple[tuple[str, Callable[[Patient, str], str], frozenset[str]], ...] = (
    (":kms:", _key, frozenset({"PendingDeletion"})),
    (":instance/", _instance, frozenset({"terminated"})),
    (":natgateway/", _gateway, frozenset({"deleted", _FORGOTTEN})),
    (":service/", _service, frozenset({"INACTIVE", _FORGOTTEN})),
    (":cluster/", _cluster, frozenset({"INACTIVE", _FORGOTTEN})),
    (":task-definition/", _task, frozenset({"INACTIVE", "DELETE_IN_PROGRESS"})),
)
"""By a part of the ARN, the state of what AWS remembers after its end, and the states of an end."""

CHECKS = (Check(name="leftovers of the stack", look=_leftovers),)
