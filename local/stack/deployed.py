"""What has been deployed, read from the program's exports and from the emulated AWS."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from local.emulator.connection import Connection

if TYPE_CHECKING:
    from mypy_boto3_autoscaling import AutoScalingClient

SECRET_PREFIX_VARIABLE = "CLIPIT_WEBHOOK_SECRET_PREFIX"  # noqa: S105 - a variable's name


class NotDeployedError(Exception):
    """The stack lacks something that it should export or contain."""


@dataclass(frozen=True, kw_only=True)
class Size:
    """How large a group is and should be."""

    instances: int
    desired: int


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """A deployed stack as its users see it."""

    table: str
    queues: Mapping[str, str]
    dead_letters: Mapping[str, str]
    groups: Mapping[str, str]
    scalers: Mapping[str, str]
    webhook_secret_prefix: str
    autoscaling: "AutoScalingClient"

    @classmethod
    def read(cls, outputs: Mapping[str, object], connection: Connection) -> "Deployed":
        """From the exports, and from the environment of the function that knows the secrets' place.

        Raises:
            NotDeployedError: An export is missing, or no function has the variable.
        """
        return cls(
            table=str(_export(outputs, "table_name")),
            queues=_texts(outputs, "queue_urls"),
            dead_letters=_texts(outputs, "dead_letter_urls"),
            groups=_texts(outputs, "group_names"),
            scalers=_texts(outputs, "scaler_functions"),
            webhook_secret_prefix=_function_variable(connection, SECRET_PREFIX_VARIABLE),
            autoscaling=connection.autoscaling(),
        )

    def size(self, group: str) -> Size:
        """A group's size now."""
        found = self.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[group])
        for shown in found["AutoScalingGroups"]:
            return Size(instances=len(shown["Instances"]), desired=shown["DesiredCapacity"])
        raise NotDeployedError(f"The group {group} is exported but does not exist.")


def _export(outputs: Mapping[str, object], name: str) -> object:
    if name not in outputs:
        raise NotDeployedError(
            f"The program exports no {name}; it exports {', '.join(sorted(outputs)) or 'nothing'}."
        )
    return outputs[name]


def _texts(outputs: Mapping[str, object], name: str) -> Mapping[str, str]:
    value = _export(outputs, name)
    if not isinstance(value, Mapping):
        raise NotDeployedError(f"The export {name} is {value!r}, expected one text a fleet.")
    return {str(fleet): str(text) for fleet, text in value.items()}


def _function_variable(connection: Connection, name: str) -> str:
    for page in connection.functions().get_paginator("list_functions").paginate():
        for function in page["Functions"]:
            if value := function.get("Environment", {}).get("Variables", {}).get(name):
                return value
    raise NotDeployedError(f"No deployed function has the variable {name}.")
