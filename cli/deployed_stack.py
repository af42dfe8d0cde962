"""A deployed stack by its name: what it exports, where it lives, and who answers for its API."""

from collections.abc import Mapping
from dataclasses import dataclass

from cli.exits import CommandError
from cli.pulumi import Pulumi
from local.stack import session
from local.stack.pulumi_runs import STACK as LOCAL
from local.stack.stack_file import StackFileError, region_of


class NotDeployedError(CommandError):
    """The stack lacks what a deployed one has."""


@dataclass(frozen=True, kw_only=True)
class DeployedStack:
    """A stack and its exports."""

    name: str
    region: str
    outputs: Mapping[str, object]

    @classmethod
    def read(cls, pulumi: Pulumi) -> "DeployedStack":
        """The stack as the Pulumi CLI knows it.

        Raises:
            NotDeployedError: There is no file of this stack.
            PulumiError: The CLI does not know it.
        """
        try:
            region = region_of(pulumi.stack)
        except StackFileError as problem:
            raise NotDeployedError(str(problem)) from problem
        return cls(name=pulumi.stack, region=region, outputs=pulumi.outputs())

    def text(self, name: str) -> str:
        """An export that is a text.

        Raises:
            NotDeployedError: There is none of this name.
        """
        value = self.outputs.get(name)
        if not isinstance(value, str) or not value:
            raise self._without(name)
        return value

    def texts(self, name: str) -> Mapping[str, str]:
        """An export that has a text for each of several names, such as fleets.

        Raises:
            NotDeployedError: There is none of this name.
        """
        value = self.outputs.get(name)
        if not isinstance(value, dict):
            raise self._without(name)
        return {str(key): str(text) for key, text in value.items()}

    def api_url(self) -> str:
        """Where the API answers; the domain of the local stack leads nowhere, its balancer has a port.

        Raises:
            NotDeployedError: Nothing answers.
        """
        if self.name != LOCAL:
            return self.text("api_url")
        found = session.find()
        if found is None or found.api_url is None:
            raise NotDeployedError("the API of the local stack does not answer; see `clipit local status`")
        return found.api_url

    def _without(self, name: str) -> NotDeployedError:
        return NotDeployedError(
            f"the stack {self.name} exports no {name}; deploy it first: `pulumi up -s {self.name}`"
        )
