"""The sweeper: a function that every minute finds renders nobody is working on and puts them right."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from components import settings
from components.bundles import Bundle
from components.naming import Naming
from components.naming.fleet_names import FleetNames
from components.naming.store_names import StoreNames
from components.naming.webhook_names import WebhookNames
from components.parts.functions.functions import Function, FunctionArgs, build_function
from components.parts.functions.schedules import ScheduleArgs, build_minute_schedule
from components.parts.observability.watched import WatchedFunction
from components.permissions import Statement, only_keys

COMPONENT = "sweeper"
TIMEOUT_SECONDS = 50


@dataclass(frozen=True, kw_only=True)
class SweeperArgs:
    """What the sweeper needs from its neighbors."""

    naming: Naming
    deployment: settings.Deployment
    renders: settings.Renders
    bundle: Bundle
    table_name: pulumi.Input[str]
    inputs_bucket: pulumi.Input[str]
    outputs_bucket: pulumi.Input[str]
    queue_urls: Mapping[str, pulumi.Input[str]]
    dead_letter_urls: Mapping[str, pulumi.Input[str]]
    notification_queue_url: pulumi.Input[str]
    removed_fleets: Sequence[str]


def sweeper_statements(naming: Naming, fleets: Sequence[str]) -> list[Statement]:
    """What the sweeper calls."""
    store = StoreNames.of(naming)
    names = [FleetNames.of(naming, fleet) for fleet in fleets]
    return [
        Statement(
            actions=["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"],
            resources=[store.table_arn],
            conditions=only_keys("JOB#*"),
        ),
        Statement(
            actions=["dynamodb:Query"],
            resources=[store.index_arn("by-state")],
            conditions=only_keys(
                "JOB#queued#*", "JOB#rendering#*", "JOB#failed#*", "ASSET-DELETIONS", "DELETIONS"
            ),
        ),
        *erasing_statements(naming),
        Statement(
            actions=["sqs:SendMessage"],
            resources=[
                *(arn for one in names for arn in (*one.queue_arns, one.dead_letters_arn)),
                WebhookNames.of(naming).queue_arn,
            ],
        ),
        # A queue with fewer messages than jobs has lost some.
        Statement(
            actions=["sqs:GetQueueAttributes"], resources=[arn for one in names for arn in one.queue_arns]
        ),
    ]


def erasing_statements(naming: Naming) -> list[Statement]:
    """What erases the renders and assets that their customers have deleted."""
    store = StoreNames.of(naming)
    return [
        Statement(
            actions=["dynamodb:DeleteItem"],
            resources=[store.table_arn],
            conditions=only_keys("COMPOSITION#*", "WEBHOOK#*"),
        ),
        Statement(
            actions=["dynamodb:UpdateItem"],
            resources=[store.table_arn],
            conditions=only_keys("ASSET-DELETION#*", "DELETION#*"),
        ),
        Statement(
            actions=["s3:ListBucketVersions"],
            resources=[naming.bucket_arn(store.inputs), naming.bucket_arn(store.outputs)],
            conditions={"StringLike": {"s3:prefix": ["assets/*", "compositions/*", "outputs/*"]}},
        ),
        Statement(
            actions=["s3:DeleteObjectVersion"],
            resources=[
                naming.bucket_arn(store.inputs, "assets/*"),
                naming.bucket_arn(store.inputs, "compositions/*"),
                naming.bucket_arn(store.outputs, "outputs/*"),
            ],
        ),
    ]


class Sweeper(pulumi.ComponentResource):
    """Owns the function, its role and schedule."""

    def __init__(self, name: str, args: SweeperArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("clip-it:sweeper:Sweeper", name, None, opts)
        self.function: Function = build_function(
            name,
            FunctionArgs(
                naming=args.naming,
                deployment=args.deployment,
                component=COMPONENT,
                package="sweeper",
                bundle=args.bundle,
                description="Puts renders right that nobody is working on",
                timeout_seconds=TIMEOUT_SECONDS,
                reserved_concurrency=1,
                environment={
                    "CLIPIT_TABLE": args.table_name,
                    "CLIPIT_INPUTS_BUCKET": args.inputs_bucket,
                    "CLIPIT_OUTPUTS_BUCKET": args.outputs_bucket,
                    "CLIPIT_QUEUE_URLS": pulumi.Output.all(**args.queue_urls).apply(json.dumps),
                    "CLIPIT_DEAD_LETTER_URLS": pulumi.Output.all(**args.dead_letter_urls).apply(json.dumps),
                    "CLIPIT_NOTIFICATION_QUEUE_URL": args.notification_queue_url,
                    "CLIPIT_ATTEMPT_LIMIT": str(args.renders.attempt_limit),
                    "CLIPIT_DISPATCH_GRACE_SECONDS": str(args.renders.dispatch_grace_seconds),
                    "CLIPIT_REMOVED_FLEETS": json.dumps([*args.removed_fleets]),
                },
                handler=sweeper_statements(args.naming, list(args.queue_urls)),
                platform=[],
            ),
            self,
        )
        build_minute_schedule(
            name,
            ScheduleArgs(
                naming=args.naming,
                component=COMPONENT,
                function_name=self.function.name,
                function=self.function.resource,
            ),
            self,
        )
        self.watched = WatchedFunction(
            component="sweeper",
            name=self.function.resource.name,
            dead_letters=self.function.failed_events.name,
            every_minute=True,
        )
        self.register_outputs({"function": self.function.resource.name})
