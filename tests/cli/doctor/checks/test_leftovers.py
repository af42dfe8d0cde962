"""What a destroyed stack has left in AWS."""

import json
from collections.abc import Callable

import pytest

from cli.doctor.checks import leftovers
from cli.doctor.patient import NotFoundError, Result
from tests.cli.doctor.fakes import Answer, patient

(LOOK,) = (check.look for check in leftovers.CHECKS)
NOTHING: dict[str, Answer] = {
    "ssm.describe_parameters": {"Parameters": []},
    "dynamodb.describe_table": NotFoundError(),
    "resourcegroupstaggingapi.get_resources": {"ResourceTagMappingList": []},
}


def stacks(*rows: dict[str, object]) -> dict[str, str]:
    return {"stack": json.dumps(list(rows))}


def test_a_deployed_stack_has_nothing_left_over() -> None:
    found = LOOK(patient(said=stacks({"name": "organization/clip-it/prod", "resourceCount": 212})))
    assert (found.result, found.detail) == (Result.PASSED, "the stack is deployed, with 212 resources")


@pytest.mark.parametrize("row", [{"name": "dev", "resourceCount": 7}, {"name": "prod", "resourceCount": 0}])
def test_a_stack_without_resources_that_left_nothing_passes(row: dict[str, object]) -> None:
    assert LOOK(patient(NOTHING, said=stacks(row))).detail == "nothing of this stack is in AWS"


@pytest.mark.parametrize(
    ("answer", "named"),
    [
        (
            {"ssm.describe_parameters": {"Parameters": [{"Name": "/clip-it/prod/webhook-secrets/acme"}]}},
            "parameter /clip-it/prod/webhook-secrets/acme",
        ),
        ({"dynamodb.describe_table": {"Table": {}}}, "table clip-it-prod-jobs-restored"),
        (
            {
                "resourcegroupstaggingapi.get_resources": {
                    "ResourceTagMappingList": [{"ResourceARN": "arn:aws:s3:::clip-it-prod-outputs"}]
                }
            },
            "arn:aws:s3:::clip-it-prod-outputs",
        ),
    ],
)
def test_what_is_left_is_named_with_the_command_that_deletes_it(
    answer: dict[str, Answer], named: str
) -> None:
    found = LOOK(patient({**NOTHING, **answer}, said=stacks()))
    assert found.result is Result.FAILED
    assert named in found.detail
    assert found.remedy.startswith("clipit destroy --stack prod")


STATE = "arn:aws:s3:::clip-it-bootstrap-prod-state"
BUCKET = "arn:aws:s3:::clip-it-prod-outputs"


def tagged(arn: str, component: str) -> dict[str, object]:
    return {"ResourceARN": arn, "Tags": [{"Key": "Component", "Value": component}]}


def test_the_bootstrap_of_the_account_is_not_left_over() -> None:
    rows = [tagged(STATE, "bootstrap")]
    answers = {**NOTHING, "resourcegroupstaggingapi.get_resources": {"ResourceTagMappingList": rows}}
    assert LOOK(patient(answers, said=stacks())).result is Result.PASSED
    rows.append(tagged(BUCKET, "job-store"))
    found = LOOK(patient(answers, said=stacks()))
    assert found.detail == f"the stack has no resources, and AWS has {BUCKET}"


def test_later_pages_are_read_too() -> None:
    def resources(PaginationToken: str = "", **_: object) -> Answer:  # noqa: N803 - the name of AWS
        last: Answer = {"ResourceTagMappingList": [tagged(BUCKET, "job-store")]}
        return (
            last if PaginationToken == "next" else {"ResourceTagMappingList": [], "PaginationToken": "next"}
        )

    def parameters(NextToken: str = "", **_: object) -> Answer:  # noqa: N803 - the name of AWS
        return {"Parameters": [{"Name": "/clip-it/prod/a"}]} if NextToken else {"NextToken": "next"}

    found = LOOK(
        patient(
            {
                **NOTHING,
                "resourcegroupstaggingapi.get_resources": resources,
                "ssm.describe_parameters": parameters,
            },
            said=stacks(),
        )
    )
    assert found.detail == f"the stack has no resources, and AWS has parameter /clip-it/prod/a, {BUCKET}"


ARN = "arn:aws:{}:eu-central-1:111122223333:{}"


@pytest.mark.parametrize(
    ("arn", "operation", "answer", "ended"),
    [
        (
            ARN.format("kms", "key/1"),
            "kms.describe_key",
            lambda state: {"KeyMetadata": {"KeyId": "1", "KeyState": state}},
            "PendingDeletion",
        ),
        (
            ARN.format("ec2", "instance/i-1"),
            "ec2.describe_instances",
            lambda state: {"Reservations": [{"Instances": [{"State": {"Name": state}}]}]},
            "terminated",
        ),
        (
            ARN.format("ec2", "natgateway/nat-1"),
            "ec2.describe_nat_gateways",
            lambda state: {"NatGateways": [{"State": state}]},
            "deleted",
        ),
        (
            ARN.format("ecs", "service/a/b"),
            "ecs.describe_services",
            lambda state: {"services": [{"status": state}]},
            "INACTIVE",
        ),
        (
            ARN.format("ecs", "cluster/a"),
            "ecs.describe_clusters",
            lambda state: {"clusters": [{"status": state}]},
            "INACTIVE",
        ),
        (
            ARN.format("ecs", "task-definition/a:1"),
            "ecs.describe_task_definition",
            lambda state: {"taskDefinition": {"status": state}},
            "INACTIVE",
        ),
    ],
    ids=lambda value: value.split(":")[-1] if isinstance(value, str) else "",
)
def test_what_aws_only_remembers_is_not_left(
    arn: str, operation: str, answer: Callable[[str], Answer], ended: str
) -> None:
    tagged: dict[str, Answer] = {
        **NOTHING,
        "resourcegroupstaggingapi.get_resources": {"ResourceTagMappingList": [{"ResourceARN": arn}]},
    }
    for state, result in ((ended, Result.PASSED), ("ACTIVE", Result.FAILED)):
        assert LOOK(patient({**tagged, operation: answer(state)}, said=stacks())).result is result
    assert LOOK(patient({**tagged, operation: NotFoundError()}, said=stacks())).result is Result.PASSED


def test_a_resource_whose_service_has_forgotten_it_is_not_left() -> None:
    answers: dict[str, Answer] = {
        **NOTHING,
        "resourcegroupstaggingapi.get_resources": {
            "ResourceTagMappingList": [{"ResourceARN": ARN.format("ecs", "cluster/a")}]
        },
        "ecs.describe_clusters": {"clusters": []},
    }
    assert LOOK(patient(answers, said=stacks())).result is Result.PASSED
