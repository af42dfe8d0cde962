"""Reads what is deployed from the emulated AWS and from the program's exports."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from local.emulator.connection import Connection

if TYPE_CHECKING:
    from mypy_boto3_autoscaling import AutoScalingClient

OPERATOR_VARIABLES = frozenset(
    {"CLIPIT_DEAD_LETTER_URLS", "CLIPIT_QUEUE_URLS", "CLIPIT_TABLE", "CLIPIT_WEBHOOK_SECRET_PREFIX"}
)
"""Variables of deployed functions that operators' commands need too."""


class NotDeployedError(Exception):
    """The stack lacks something that it should export or contain."""


@dataclass(frozen=True, kw_only=True)
class Size:
    """A group's number of instances and its desired capacity."""

    instances: int
    desired: int


@dataclass(frozen=True, kw_only=True)
class Fleets:
    """The Auto Scaling groups of a deployed stack, by fleet."""

    groups: Mapping[str, str]
    autoscaling: "AutoScalingClient"

    @classmethod
    def read(cls, outputs: Mapping[str, object], connection: Connection) -> "Fleets":
        """From the program's exports.

        Raises:
            NotDeployedError: The export is missing, or is not one name a fleet.
        """
        names = outputs.get("group_names")
        if not isinstance(names, Mapping):
            raise NotDeployedError(
                f"The program exports group_names as {names!r}, expected one name for each fleet; "
                f"it exports {', '.join(sorted(outputs)) or 'nothing'}."
            )
        groups = {str(fleet): str(name) for fleet, name in names.items()}
        return cls(groups=groups, autoscaling=connection.autoscaling())

    def size(self, fleet: str) -> Size:
        """A group's size now.

        Raises:
            NotDeployedError: There is no such group.
        """
        name = self.groups[fleet]
        found = self.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])
        for shown in found["AutoScalingGroups"]:
            return Size(instances=len(shown["Instances"]), desired=shown["DesiredCapacity"])
        raise NotDeployedError(f"The group {name} is exported but does not exist.")


def operator_variables(connection: Connection) -> dict[str, str]:
    """The variables for operators' commands, from the deployed functions' environments; empty without any."""
    found: dict[str, str] = {}
    for page in connection.functions().get_paginator("list_functions").paginate():
        for function in page["Functions"]:
            given = function.get("Environment", {}).get("Variables", {})
            found |= {name: value for name, value in given.items() if name in OPERATOR_VARIABLES}
    return dict(sorted(found.items()))
