"""One emulated AWS for all types, and the Pulumi CLI's steps on one resource in its own order."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest
from moto.backends import get_backend

from local.emulator import server
from local.provider.comparison import covers
from local.provider.naming import Naming
from local.provider.operations import Found, ResourceOperations, Urn
from local.provider.types.aws import Boto
from local.provider.values import Properties, Value, plain

if TYPE_CHECKING:
    from botocore.client import BaseClient

REGION = "eu-central-1"
# All that tests here make; the network (EC2) stays, because moto needs a second to build an empty one.
SERVICES = frozenset(
    {
        "acm",
        "application-autoscaling",
        "autoscaling",
        "budgets",
        "cloudwatch",
        "dynamodb",
        "dynamodbstreams",
        "ecr",
        "ecs",
        "elbv2",
        "events",
        "iam",
        "kms",
        "lambda",
        "logs",
        "route53",
        "s3",
        "scheduler",
        "sns",
        "sqs",
        "ssm",
        "wafv2",
    }
)


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A resource as the Pulumi CLI's state has it."""

    urn: Urn
    id: str
    inputs: Properties
    outputs: Properties


@dataclass(frozen=True, kw_only=True)
class Stack:
    """The steps of the Pulumi CLI, each with what the Pulumi CLI relies on asserted."""

    operations: ResourceOperations
    aws: Boto

    def refusals(self, token: str, inputs: Properties) -> dict[str, str]:
        """What Check says against the inputs: reason by property."""
        checked = self.operations.check(Urn(token=token, name="thing"), {}, inputs, Naming())
        reasons: dict[str, str] = {}
        for failure in checked.failures:
            said = reasons.get(failure.property)
            reasons[failure.property] = f"{said}; {failure.reason}" if said else failure.reason
        return reasons

    def create(self, token: str, inputs: Properties, *, name: str = "thing") -> Resource:
        """Check and create; what was created reads back without any drift."""
        urn = Urn(token=token, name=name)
        checked = self.operations.check(urn, {}, inputs, Naming(seed=name.encode()))
        assert checked.failures == []
        identity, outputs = self.operations.create(urn, checked.inputs, preview=False)
        return self._settled(Resource(urn=urn, id=identity, inputs=checked.inputs, outputs=outputs))

    def update(self, before: Resource, **changes: Value) -> Resource:
        """Change in place; the change must not ask for a replacement, and reads back without drift."""
        checked = self.operations.check(before.urn, before.inputs, {**before.inputs, **changes}, Naming())
        assert checked.failures == []
        difference = self.operations.diff(before.urn, before.inputs, checked.inputs)
        assert difference.keys == set(changes)
        assert not difference.replaces
        state = Found(id=before.id, outputs=before.outputs, inputs=before.inputs)
        outputs = self.operations.update(before.urn, state, checked.inputs, preview=False)
        kept = {key for key, value in changes.items() if value is None and outputs.get(key)}
        assert kept == set(), "what was taken out of the program is still there"
        return self._settled(replace(before, inputs=checked.inputs, outputs=outputs))

    def previewed(self, before: Resource, **changes: Value) -> Properties:
        """The outputs that a preview of the change tells; what it cannot know is unknown."""
        state = Found(id=before.id, outputs=before.outputs, inputs=before.inputs)
        return self.operations.update(before.urn, state, {**before.inputs, **changes}, preview=True)

    def replaces(self, before: Resource, **changes: Value) -> bool:
        """Whether the change needs another resource."""
        checked = self.operations.check(before.urn, before.inputs, {**before.inputs, **changes}, Naming())
        return bool(self.operations.diff(before.urn, before.inputs, checked.inputs).replaces)

    def read(self, it: Resource) -> Found:
        """Look at the resource, as refresh does."""
        return self.operations.read(it.urn, it.id, it.outputs, it.inputs)

    def drift(self, it: Resource) -> dict[str, object]:
        """The inputs that are no longer what the program said, with what they are now."""
        found = self.read(it)
        assert found.id == it.id
        return {key: value for key, value in found.inputs.items() if value != it.inputs.get(key)}

    def delete(self, it: Resource) -> None:
        """Delete; the resource is gone, and deleting it again is no error."""
        self.operations.delete(it.urn, it.id, it.outputs)
        assert self.read(it).id == ""
        self.operations.delete(it.urn, it.id, it.outputs)

    def _settled(self, it: Resource) -> Resource:
        found = self.read(it)
        assert found.id == it.id
        assert {key: value for key, value in found.inputs.items() if value != it.inputs.get(key)} == {}
        assert {key: value for key, value in found.outputs.items() if value != it.outputs.get(key)} == {}
        unseen = {
            key for key, value in it.inputs.items() if not covers(plain(value), plain(it.outputs.get(key)))
        }
        assert unseen == set(), "the emulated AWS has something else than the program gave"
        return it


class Watched(Boto):
    """Remembers which services were asked, so that only those are emptied."""

    def __init__(self, *, endpoint: str, region: str) -> None:
        super().__init__(endpoint=endpoint, region=region)
        self.asked: set[str] = set()

    def client(self, service: str) -> "BaseClient":
        self.asked.add(service)
        return super().client(service)

    def empty(self) -> None:
        """Throw away what the asked services hold."""
        for service in self.asked & SERVICES:
            for account in get_backend(service).values():
                account.reset()
        # Whoever comes next may want the policies that AWS manages.
        get_backend("iam").clear()
        self.asked.clear()


@pytest.fixture(scope="module")
def _server() -> Iterator[Watched]:
    with server.running() as url:
        yield Watched(endpoint=url, region=REGION)


@pytest.fixture
def stack(_server: Watched, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stack]:
    """An empty AWS; it is emptied again afterwards."""
    # No test here attaches one, and to make all of them takes longer than a test.
    monkeypatch.setenv("MOTO_IAM_LOAD_MANAGED_POLICIES", "false")
    yield Stack(operations=ResourceOperations(aws=_server), aws=_server)
    _server.empty()


@pytest.fixture(scope="module")
def network(_server: Boto) -> dict[str, Value]:
    """A VPC with two subnets in two zones and a security group, by what targets and balancers call them."""
    vpc = _server.call("ec2", "create_vpc", CidrBlock="10.0.0.0/16").block("Vpc").text("VpcId")
    subnets: list[Value] = []
    for number, zone in enumerate("ab"):
        place = {"CidrBlock": f"10.0.{number}.0/24", "AvailabilityZone": f"{REGION}{zone}"}
        answer = _server.call("ec2", "create_subnet", VpcId=vpc, **place)
        subnets.append(answer.block("Subnet").text("SubnetId"))
    group = _server.call("ec2", "create_security_group", GroupName="g", Description="d", VpcId=vpc)
    return {"vpcId": vpc, "subnets": subnets, "securityGroups": [group.text("GroupId")]}


@pytest.fixture
def role(stack: Stack) -> str:
    """The ARN of a role that functions and tasks may take."""
    answer = stack.aws.call("iam", "create_role", RoleName="role", AssumeRolePolicyDocument="{}")
    return answer.block("Role").text("Arn")
