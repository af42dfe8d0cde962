"""Where `clipit redrive` finds a stack's jobs and messages."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass

NEEDED = ("CLIPIT_TABLE", "CLIPIT_QUEUE_URLS", "CLIPIT_DEAD_LETTER_URLS", "AWS_REGION")


class RedriveError(Exception):
    """Nothing can be redriven; the text says why and what to do."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a stack keeps jobs and messages."""

    table: str
    region: str
    queues: Mapping[str, str]
    dead_letters: Mapping[str, str]
    endpoint: str | None = None

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> "Place":
        """As the environment says.

        Raises:
            RedriveError: variables are missing or are no JSON objects.
        """
        if missing := [name for name in NEEDED if not environ.get(name)]:
            raise RedriveError(
                f"set {', '.join(missing)} in the environment; `clipit local env` prints them for the local "
                "stack, `pulumi stack output` has table_name, queue_urls and dead_letter_urls of another one"
            )
        return cls(
            table=environ["CLIPIT_TABLE"],
            region=environ["AWS_REGION"],
            queues=_urls(environ, "CLIPIT_QUEUE_URLS"),
            dead_letters=_urls(environ, "CLIPIT_DEAD_LETTER_URLS"),
            endpoint=environ.get("AWS_ENDPOINT_URL"),
        )

    def queue(self, fleet: str) -> str:
        """The fleet's render queue."""
        return self._of(self.queues, fleet)

    def dead_letter_queue(self, fleet: str) -> str:
        """The fleet's dead-letter queue."""
        return self._of(self.dead_letters, fleet)

    def _of(self, urls: Mapping[str, str], fleet: str) -> str:
        if fleet not in urls:
            raise RedriveError(f"there is no fleet {fleet!r}; there are {', '.join(sorted(urls))}")
        return urls[fleet]


def _urls(environ: Mapping[str, str], name: str) -> Mapping[str, str]:
    wrong = RedriveError(f"{name} is {environ[name][:80]!r}; give a JSON object of fleets and queue URLs")
    try:
        urls = json.loads(environ[name])
    except ValueError as problem:
        raise wrong from problem
    if not isinstance(urls, dict) or not all(isinstance(url, str) for url in urls.values()):
        raise wrong
    return urls
