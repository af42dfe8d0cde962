"""The operations that the console may call; any other is refused before it is sent."""

from dataclasses import dataclass

from botocore.model import OperationModel

from cli.trace.calls import Calls, Client

OPERATIONS = frozenset(
    {
        "autoscaling:DescribeAutoScalingGroups",
        "autoscaling:DescribeScalingActivities",
        "dynamodb:GetItem",
        "dynamodb:Query",
        "logs:GetQueryResults",
        "logs:StartQuery",
        "s3:GetObject",
        "s3:ListObjectsV2",
        "ssm:DescribeInstanceAssociationsStatus",
    }
)
"""As `<signing name>:<operation>`. None changes anything."""


class NotAllowedError(Exception):
    """The console was about to call an operation that is not on its list."""


def refuse_others(model: OperationModel, **_given: object) -> None:
    """Handle botocore's `before-call`.

    Raises:
        NotAllowedError: The operation is not on the list.
    """
    name = f"{model.service_model.signing_name}:{model.name}"
    if name not in OPERATIONS:
        raise NotAllowedError(f"the console does not call {name}; it calls {', '.join(sorted(OPERATIONS))}")


@dataclass
class ReadOnlyCalls(Calls):
    """Calls whose every client refuses what is not on the list."""

    def _counted(self, client: Client) -> Client:
        client.meta.events.register_first("before-call", refuse_others)
        return super()._counted(client)
