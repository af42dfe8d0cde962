"""Names and ARNs of the notification queue that others need before it exists."""

from dataclasses import dataclass

from components.naming import Naming

# A queue name may have 80 characters.
QUEUE_LIMIT = 80


@dataclass(frozen=True, kw_only=True)
class WebhookNames:
    """The names that policy documents use for the notification queue and its dead-letter queue."""

    queue: str
    dead_letters: str
    queue_arn: str

    @classmethod
    def of(cls, naming: Naming) -> "WebhookNames":
        """The names in one environment."""
        queue = naming.physical("webhooks", limit=QUEUE_LIMIT)
        return cls(
            queue=queue,
            dead_letters=naming.physical("webhooks-dead-letters", limit=QUEUE_LIMIT),
            queue_arn=naming.arn("sqs", queue),
        )
