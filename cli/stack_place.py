"""Where a stack's things are in AWS, by the names that its stack file gives them: needs no Pulumi CLI."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from cli.cost import fleets as cost
from cli.exits import CommandError, Exit
from components.naming import Naming
from components.naming.fleet_names import FleetNames
from components.naming.store_names import StoreNames
from components.naming.webhook_names import WebhookNames
from local.stack.stack_file import StackFileError, config_of

_DEPLOYMENT, _FLEETS = "clip-it:deployment", cost.SETTING


class UnknownStackError(CommandError):
    """The stack file does not say where the stack is."""

    code = Exit.USAGE


@dataclass(frozen=True, kw_only=True)
class StackPlace:
    """A stack's environment, account and region, and its fleets with their prices."""

    naming: Naming
    prices_per_hour: Mapping[str, float]
    """What an instance of each fleet costs on average, in USD."""

    @classmethod
    def of(cls, stack: str) -> "StackPlace":
        """Read the stack file.

        Raises:
            UnknownStackError: It is missing, or lacks the deployment.
        """
        try:
            config = config_of(stack)
        except StackFileError as problem:
            raise UnknownStackError(str(problem)) from problem
        deployment, fleets = config.get(_DEPLOYMENT), config.get(_FLEETS)
        if not isinstance(deployment, Mapping) or not isinstance(fleets, Mapping):
            raise UnknownStackError(f"Pulumi.{stack}.yaml must state {_DEPLOYMENT} and {_FLEETS}")
        naming = Naming(
            environment=str(deployment.get("environment")),
            owner=str(deployment.get("owner")),
            account_id=str(deployment.get("account_id")),
            region=str(deployment.get("region")),
        )
        priced = cost.of({cost.SETTING: json.dumps(fleets)})
        return cls(naming=naming, prices_per_hour={name: one.mixed_price for name, one in priced.items()})

    @property
    def fleets(self) -> tuple[str, ...]:
        """The names of the fleets."""
        return tuple(sorted(self.prices_per_hour))

    @property
    def region(self) -> str:
        """The region of the stack."""
        return self.naming.region

    @property
    def store(self) -> StoreNames:
        """The table and the buckets."""
        return StoreNames.of(self.naming)

    @property
    def webhook_queue(self) -> str:
        """The notification queue."""
        return WebhookNames.of(self.naming).queue

    def fleet(self, fleet: str) -> FleetNames:
        """The names of a fleet.

        Raises:
            UnknownStackError: The stack has no such fleet.
        """
        if fleet not in self.fleets:
            raise UnknownStackError(f"there is no fleet {fleet!r}; there are {', '.join(self.fleets)}")
        return FleetNames.of(self.naming, fleet)

    def function_logs(self, *parts: str) -> str:
        """The log group of a function, such as `notifier`."""
        return f"/aws/lambda/{self.naming.physical(*parts, limit=64)}"

    @property
    def server_logs(self) -> str:
        """The log group of the job server."""
        return f"/ecs/{self.naming.physical('job-server', limit=255)}"
