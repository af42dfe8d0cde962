"""Bootstraps that failed: one item for each instance, in the words of the step that gave up."""

from handlers.jobs.model import BootFailure
from handlers.jobs.store.items import boot_failure_to_item
from handlers.jobs.store.table import Put, Table

ACTIONS = frozenset({"dynamodb:PutItem"})

RECORD_SECONDS = 3600
"""How long a failure is told of: the instance is replaced long before, and its successor may do better."""


class BootFailures:
    """What an instance may say of its own boot."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def record(self, failure: BootFailure) -> None:
        """Keep the latest failure of an instance."""
        self._table.put(Put(item=boot_failure_to_item(failure, int(failure.at) + RECORD_SECONDS)))
