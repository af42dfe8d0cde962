"""The notifier: sends signed webhooks about finished renders, and retries them through its own queue."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from pulumi_aws import lambda_, sqs

from components import settings
from components.bundles import Bundle
from components.naming import Naming, job_states
from components.naming.store_names import StoreNames
from components.naming.webhook_names import WebhookNames
from components.parts.functions.functions import Function, FunctionArgs, build_function
from components.parts.functions.streams import StreamArgs, build_stream_mapping, stream_statements
from components.parts.observability.watched import WatchedFunction
from components.permissions import Statement, document, only_keys, only_over_tls

COMPONENT = "notifier"
TIMEOUT_SECONDS = 30
# Lambda's guide: a queue's visibility is at least six times the function's timeout.
VISIBILITY_SECONDS = 6 * TIMEOUT_SECONDS
MOST_DELIVERIES = 100
"""Deliveries at a time: of an account's usual 1,000 executions a tenth."""
WAITING_DAYS, DEAD_LETTER_DAYS = 4, 14
RECORD_AGE_SECONDS = 86_400


@dataclass(frozen=True, kw_only=True)
class NotifierArgs:
    """What the notifier needs from its neighbors."""

    naming: Naming
    deployment: settings.Deployment
    webhooks: settings.Webhooks
    bundle: Bundle
    table_name: pulumi.Input[str]
    stream_arn: pulumi.Input[str]


def finished_jobs() -> dict[str, object]:
    """The filter for stream records of jobs that have just ended: their usage counts, with a webhook or not.

    Later changes to a job that has ended do not match.
    """
    before = job_states.image(job_states.UNFINISHED)
    after = job_states.image(job_states.FINISHED)
    return {"eventName": ["MODIFY"], "dynamodb": {"OldImage": before, "NewImage": after}}


def notifier_statements(naming: Naming) -> list[Statement]:
    """The permissions for the notifier's calls."""
    store, names = StoreNames.of(naming), WebhookNames.of(naming)
    return [
        Statement(
            actions=["dynamodb:GetItem"],
            resources=[store.table_arn],
            conditions=only_keys("COUNTED#*", "JOB#*", "DELIVERY#*", "USAGE#*", "WEBHOOK#*"),
        ),
        Statement(
            actions=["dynamodb:PutItem"],
            resources=[store.table_arn],
            conditions=only_keys("COUNTED#*", "DELIVERY#*", "USAGE#*"),
        ),
        # The events of a job that has ended say how long machines worked on it.
        Statement(actions=["dynamodb:Query"], resources=[store.table_arn], conditions=only_keys("JOB#*")),
        # The mark that a job's webhook is queued.
        Statement(
            actions=["dynamodb:UpdateItem"], resources=[store.table_arn], conditions=only_keys("JOB#*")
        ),
        Statement(actions=["sqs:ChangeMessageVisibility", "sqs:SendMessage"], resources=[names.queue_arn]),
        Statement(
            actions=["ssm:GetParameter"],
            resources=[naming.arn("ssm", f"parameter{naming.path('webhook-secrets')}/*")],
        ),
    ]


def delivery_statements(naming: Naming) -> list[Statement]:
    """What Lambda needs to hand messages of the queue to the function."""
    return [
        Statement(
            actions=["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"],
            resources=[WebhookNames.of(naming).queue_arn],
        )
    ]


class Notifier(pulumi.ComponentResource):
    """Owns the function, its role, its queue with dead letters and the stream mapping."""

    def __init__(self, name: str, args: NotifierArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("clip-it:notifier:Notifier", name, None, opts)
        self._name, self._args = name, args
        self._inside = pulumi.ResourceOptions(parent=self)
        names = WebhookNames.of(args.naming)
        self.dead_letters = self._queue("dead", names.dead_letters, DEAD_LETTER_DAYS, None)
        self.queue = self._queue("webhooks", names.queue, WAITING_DAYS, self.dead_letters)
        self.function: Function = build_function(
            name,
            FunctionArgs(
                naming=args.naming,
                deployment=args.deployment,
                component=COMPONENT,
                package="notifier",
                bundle=args.bundle,
                description="Sends signed webhooks about finished renders",
                timeout_seconds=TIMEOUT_SECONDS,
                environment={
                    "CLIPIT_TABLE": args.table_name,
                    "CLIPIT_NOTIFICATION_QUEUE_URL": self.queue.url,
                    "CLIPIT_WEBHOOK_SECRET_PREFIX": args.naming.path("webhook-secrets"),
                    "CLIPIT_WEBHOOK_TARGETS": args.webhooks.targets,
                    "CLIPIT_DELIVERY_LIMIT": str(args.webhooks.delivery_limit),
                },
                handler=notifier_statements(args.naming),
                platform=[*stream_statements(args.naming), *delivery_statements(args.naming)],
            ),
            self,
        )
        build_stream_mapping(
            name,
            StreamArgs(
                stream_arn=args.stream_arn,
                # A webhook that is queued already is not queued again.
                starting_position="TRIM_HORIZON",
                patterns=[finished_jobs()],
                tags=args.naming.tags(COMPONENT),
                record_age_seconds=RECORD_AGE_SECONDS,
                retries=100,
                partial=True,
            ),
            self.function,
            self,
        )
        self._deliveries()
        self.watched = WatchedFunction(
            component="notifier",
            name=self.function.resource.name,
            dead_letters=self.function.failed_events.name,
            every_minute=False,
        )
        self.register_outputs({"function": self.function.resource.name})

    def _deliveries(self) -> None:
        lambda_.EventSourceMapping(
            f"{self._name}-webhooks",
            event_source_arn=self.queue.arn,
            function_name=self.function.resource.arn,
            # A slow receiver may take half the timeout; no other webhook may wait behind it.
            batch_size=1,
            # Receivers that hang cost one execution each; the account's others are for other functions.
            scaling_config=lambda_.EventSourceMappingScalingConfigArgs(maximum_concurrency=MOST_DELIVERIES),
            function_response_types=["ReportBatchItemFailures"],
            tags=self._args.naming.tags(COMPONENT),
            opts=self._inside,
        )

    def _queue(self, label: str, physical: str, days: int, dead_letters: sqs.Queue | None) -> sqs.Queue:
        # Each receive is one delivery; after the last one the message is moved to the dead letters.
        receives = self._args.webhooks.delivery_limit
        queue = sqs.Queue(
            f"{self._name}-{label}",
            name=physical,
            sqs_managed_sse_enabled=True,
            message_retention_seconds=days * 86_400,
            visibility_timeout_seconds=VISIBILITY_SECONDS,
            redrive_policy=None
            if dead_letters is None
            else pulumi.Output.json_dumps(
                {"deadLetterTargetArn": dead_letters.arn, "maxReceiveCount": receives}
            ),
            tags=self._args.naming.tags(COMPONENT),
            opts=self._inside,
        )
        sqs.QueuePolicy(
            f"{self._name}-{label}",
            queue_url=queue.url,
            policy=document([only_over_tls("sqs:*", [self._args.naming.arn("sqs", physical)])]),
            opts=self._inside,
        )
        return queue
