"""Delivers batches to a function, with retries, partial failures, splitting, and giving up."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from local.lambda_service.functions import FunctionError

Record: TypeAlias = Mapping[str, object]
Invoke: TypeAlias = Callable[[Mapping[str, object]], object]

FOREVER = -1
LONGEST_PAUSE_S = 5.0


@dataclass(frozen=True, kw_only=True)
class StreamDelivery:
    """Delivers batches of a stream in order; one that fails blocks those behind it until it is given up."""

    invoke: Invoke
    pause: Callable[[float], bool]
    """Waits; True means that there is no time left to try again."""
    give_up: Callable[[Sequence[Record], str], None] = field(default=lambda _records, _reason: None)
    retries: int = FOREVER
    partial_failures: bool = False
    halve_on_error: bool = False
    longest_pause_s: float = LONGEST_PAUSE_S

    def deliver(self, records: Sequence[Record]) -> bool:
        """Deliver one batch until it is through or given up; False when it was stopped before."""
        todo, failed = list(records), 0
        while todo:
            reason = ""
            try:
                first = self._first_failure(todo, self.invoke({"Records": todo}))
            except FunctionError as error:
                first, reason = 0, str(error)
            if first is None:
                return True
            todo, failed = todo[first:], failed + 1
            if self.retries != FOREVER and failed > self.retries:
                self.give_up(todo, reason or "reported as failed")
                return True
            if self.pause(min(0.2 * 2**failed, self.longest_pause_s)):
                return False
            if reason and self.halve_on_error and len(todo) > 1:
                middle = len(todo) // 2
                if not self.deliver(todo[:middle]):
                    return False
                todo = todo[middle:]
        return True

    def _first_failure(self, todo: Sequence[Record], result: object) -> int | None:
        if not self.partial_failures:
            return None
        failures = failed_items(result)
        positions = [index for index, record in enumerate(todo) if sequence_number(record) in failures]
        return min(positions) if positions else (0 if failures else None)


def sequence_number(record: Record) -> str:
    """The identity of a stream record."""
    change = record.get("dynamodb")
    return str(change.get("SequenceNumber", "")) if isinstance(change, Mapping) else ""


def failed_items(result: object) -> set[str]:
    """The items that a handler reports as failed; an answer without a report means that none did."""
    reported = result.get("batchItemFailures") if isinstance(result, Mapping) else None
    if not isinstance(reported, Sequence):
        return set()
    return {
        str(item["itemIdentifier"])
        for item in reported
        if isinstance(item, Mapping) and "itemIdentifier" in item
    }
