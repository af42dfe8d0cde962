"""Typed look-ups in an item that anybody may have written.

Instances run third-party engines and may write the items of jobs and workers. So every attribute is checked
before it is used: its type, its range, and whether it belongs to the item that it stands in.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, TypeVar

from handlers.jobs.store.attributes import Value

LONGEST_TEXT: Final = 4096
"""Characters of one attribute; the longest that this service writes is a webhook's address of 2,000."""
LAST_TIME: Final = 10_000_000_000
"""Seconds since the epoch: the year 2286. What lies beyond is no date in every library."""
LARGEST_COUNT: Final = 1_000_000_000
_SHOWN = 80


class UnreadableItemError(ValueError):
    """An item holds what this service never writes; the text names item and attribute, in ASCII."""


OnUnreadable = Callable[[UnreadableItemError], None]
"""Tells somebody about an item that was skipped."""


def untold(_: UnreadableItemError) -> None:
    """For lists that nobody could act upon."""


Read = TypeVar("Read")


def readable(
    items: Iterable[Mapping[str, Value]],
    read: Callable[[Mapping[str, Value]], Read],
    on_unreadable: OnUnreadable,
) -> Iterator[Read]:
    """What can be read of the items, in order; the others are skipped and told, and so is an endless list."""
    each = iter(items)
    while True:
        try:
            one = read(next(each))
        except StopIteration:
            return
        except UnreadableItemError as error:
            on_unreadable(error)
            continue
        yield one


MOST_UNREADABLE: Final = 200
"""Unreadable items after which `readable_first` ends: to skip one takes time as well, and a sweep has a
minute."""


def readable_first(
    items: Iterable[Mapping[str, Value]], read: Callable[[Mapping[str, Value]], Read]
) -> Iterator[Read]:
    """Yield what can be read of the items; then raise for the others, if any, so that they hold up nothing.

    Raises:
        UnreadableItemError: with the number of them and what is wrong with the first.
    """
    unreadable: list[UnreadableItemError] = []
    for item in items:
        try:
            one = read(item)
        except UnreadableItemError as error:
            unreadable.append(error)
            if len(unreadable) == MOST_UNREADABLE:
                break
            continue
        yield one
    if unreadable:
        raise UnreadableItemError(f"{len(unreadable)} unreadable items, the first: {unreadable[0]}")


class Reader:
    """Typed look-ups in an item; an error names the attribute.

    Every method raises `UnreadableItemError` when the attribute is missing or not what it must be.
    """

    def __init__(self, item: Mapping[str, Value]) -> None:
        self._item = item

    def text(self, name: str, longest: int = LONGEST_TEXT) -> str:
        """A string that must be there."""
        value = self._item.get(name)
        if not isinstance(value, str) or len(value) > longest:
            raise self.refusal(name, f"a string of at most {longest} characters")
        return value

    def maybe_text(self, name: str, longest: int = LONGEST_TEXT) -> str | None:
        """A string that may be absent."""
        return self.text(name, longest) if name in self._item else None

    def content(self, name: str) -> bytes:
        """Bytes that must be there."""
        value = self._item.get(name)
        if not isinstance(value, bytes):
            raise self.refusal(name, "bytes")
        return value

    def matching(self, name: str, pattern: re.Pattern[str]) -> str:
        """A string of a known form."""
        value = self.text(name)
        if not pattern.fullmatch(value):
            raise self.refusal(name, f"text that matches {pattern.pattern}")
        return value

    def number(self, name: str, least: float = -LAST_TIME, most: float = LAST_TIME) -> float:
        """A number that must be there."""
        value = self._item.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
            raise self.refusal(name, f"a number from {least} to {most}")
        return value

    def maybe_number(self, name: str, least: float = -LAST_TIME, most: float = LAST_TIME) -> float | None:
        """A number that may be absent."""
        return self.number(name, least, most) if name in self._item else None

    def whole(self, name: str, least: int = 0, most: int = LARGEST_COUNT) -> int:
        """A whole number that must be there."""
        value = self.number(name, least, most)
        if value != int(value):
            raise self.refusal(name, "a whole number")
        return int(value)

    def maybe_whole(self, name: str, least: int = 0, most: int = LARGEST_COUNT) -> int | None:
        """A whole number that may be absent."""
        return self.whole(name, least, most) if name in self._item else None

    def count(self, name: str) -> int:
        """A whole number that may be absent and is then 0."""
        return self.whole(name) if name in self._item else 0

    def time(self, name: str) -> float:
        """Seconds since the epoch."""
        return self.number(name, 0, LAST_TIME)

    def maybe_time(self, name: str) -> float | None:
        """Seconds since the epoch, if the attribute is there."""
        return self.time(name) if name in self._item else None

    def refusal(self, name: str, wanted: str) -> UnreadableItemError:
        """The error about an attribute."""
        found = ascii(self._item[name])[:_SHOWN] if name in self._item else "nothing"
        place = ascii(self._item.get("pk"))[:_SHOWN]
        return UnreadableItemError(f"attribute {name!r} of item {place}: found {found}, expected {wanted}")
