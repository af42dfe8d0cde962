"""The table and queues of the stack that `clipit redrive` works on."""

from collections.abc import Mapping
from dataclasses import dataclass

from cli import environment
from cli.exits import CommandError, Exit
from handlers.jobs.environment import NO_QUEUES, queue_urls, text

_SOURCE = environment.from_outputs("table_name", "queue_urls", "dead_letter_urls")


class UnknownFleetError(CommandError):
    """The stack has no such fleet; the text names those that it has."""

    code = Exit.USAGE


@dataclass(frozen=True, kw_only=True)
class StackEndpoints:
    """A stack's table and its queues by fleet."""

    table: str
    region: str
    queues: Mapping[str, str]
    dead_letter_queues: Mapping[str, str]

    @classmethod
    def from_environment(cls) -> "StackEndpoints":
        """Read the stack from environment variables.

        Raises:
            EnvironmentRefusedError: Variables are missing or are not JSON objects.
        """
        with environment.reading(_SOURCE) as variables:
            return cls(
                table=variables.get(environment.TABLE, text, ""),
                region=variables.get(environment.REGION, text, ""),
                queues=variables.get(environment.QUEUE_URLS, queue_urls, NO_QUEUES),
                dead_letter_queues=variables.get(environment.DEAD_LETTER_URLS, queue_urls, NO_QUEUES),
            )

    def queue(self, fleet: str) -> str:
        """The fleet's render queue."""
        return _url_of(self.queues, fleet)

    def dead_letter_queue(self, fleet: str) -> str:
        """The fleet's dead-letter queue."""
        return _url_of(self.dead_letter_queues, fleet)


def _url_of(urls: Mapping[str, str], fleet: str) -> str:
    if fleet not in urls:
        raise UnknownFleetError(f"there is no fleet {fleet!r}; there are {', '.join(sorted(urls))}")
    return urls[fleet]
