"""The queues of one fleet: renders that wait, normal and bulk ones, and those that could not be done."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from pulumi_aws import sqs

from components.naming import Naming
from components.naming.fleet_names import FleetNames
from components.permissions import document, only_over_tls

COMPONENT = "job-store"
WAITING_DAYS = 4
DEAD_LETTER_DAYS = 14
LONG_POLL_SECONDS = 20


@dataclass(frozen=True, kw_only=True)
class RenderQueueArgs:
    """Whose queue it is and how often a message is delivered."""

    naming: Naming
    fleet: str
    lease_seconds: int
    receive_limit: int


class RenderQueue(pulumi.ComponentResource):
    """Owns the fleet's queues and their dead-letter queue; who may use them is said in the users' roles.

    Handlers get the URL of the queue of normal renders, from which that of bulk ones follows.
    """

    def __init__(self, name: str, args: RenderQueueArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("clip-it:render_queue:RenderQueue", name, None, opts)
        self._name, self._args = name, args
        names = FleetNames.of(args.naming, args.fleet)
        self.dead_letters = self._queue("dead-letters", names.dead_letters, DEAD_LETTER_DAYS, None)
        self.queue = self._queue("renders", names.queue, WAITING_DAYS, self.dead_letters)
        self.bulk_queue = self._queue("bulk-renders", names.bulk_queue, WAITING_DAYS, self.dead_letters)
        # Known once both exist: whoever gets it uses both.
        self.url = pulumi.Output.all(self.queue.url, self.bulk_queue.url).apply(lambda urls: str(urls[0]))
        self.register_outputs({"url": self.url})

    def _queue(self, label: str, physical: str, days: int, dead_letters: sqs.Queue | None) -> sqs.Queue:
        inside = pulumi.ResourceOptions(parent=self)
        queue = sqs.Queue(
            f"{self._name}-{label}",
            name=physical,
            sqs_managed_sse_enabled=True,
            message_retention_seconds=days * 86_400,
            # An agent renews this together with its lease.
            visibility_timeout_seconds=self._args.lease_seconds,
            receive_wait_time_seconds=LONG_POLL_SECONDS,
            redrive_policy=None
            if dead_letters is None
            else pulumi.Output.json_dumps(
                {"deadLetterTargetArn": dead_letters.arn, "maxReceiveCount": self._args.receive_limit}
            ),
            tags=self._args.naming.tags(COMPONENT, fleet=self._args.fleet),
            opts=inside,
        )
        sqs.QueuePolicy(
            f"{self._name}-{label}",
            queue_url=queue.url,
            policy=document([only_over_tls("sqs:*", [self._args.naming.arn("sqs", physical)])]),
            opts=inside,
        )
        return queue
