"""The tasks that the deployments of a service want."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_ecs.type_defs import ServiceTypeDef


@dataclass(frozen=True, kw_only=True)
class Slot:
    """One of the tasks that a deployment of a service wants."""

    service: str
    deployment: str
    number: int

    def __str__(self) -> str:
        return f"{self.service}/{self.deployment}/{self.number}"


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What runs in a slot."""

    cluster: str
    definition: str


def slots(service: "ServiceTypeDef") -> Iterator[tuple[Slot, Wanted]]:
    """The tasks that a service wants: of a deployment that has failed none, of others the desired count."""
    for deployment in service["deployments"]:
        if deployment["rolloutState"] == "FAILED":
            continue
        wanted = Wanted(cluster=service["clusterArn"], definition=deployment["taskDefinition"])
        for number in range(service["desiredCount"]):
            slot = Slot(service=service["serviceName"], deployment=deployment["id"], number=number)
            yield slot, wanted
