"""No crash and no interleaving of puts and deletions loses a template's version or makes one twice."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from handlers.jobs.errors import TryAgainLater
from handlers.jobs.store.customers.templates import (
    MOST_NAMES,
    CustomerTemplates,
    TemplateRefusal,
    TemplateVersion,
)
from handlers.jobs.store.table import Refused, Write
from tests.handlers.life.memory_table import MemoryTable

ONE, TWO = {"description": "one"}, {"description": "two"}


class CrashError(Exception):
    """The process ends."""


class FragileTable(MemoryTable):
    """Ends the process before or after its next transaction; None when it does not."""

    crash: str | None = None

    def try_transaction(self, writes: "list[Write] | tuple[Write, ...]") -> Refused | None:  # type: ignore[override]
        crash, self.crash = self.crash, None
        if crash == "before":
            raise CrashError
        refused = super().try_transaction(writes)
        if crash == "after":
            raise CrashError
        return refused


@pytest.mark.parametrize("crash", ["before", "after"])
def test_a_put_that_is_repeated_after_a_crash_makes_one_version(crash: str) -> None:
    table = FragileTable()
    templates = CustomerTemplates(table)
    templates.put("acme", "promo", ONE, if_version={0}, now=1)
    table.crash = crash
    with pytest.raises(CrashError):
        templates.put("acme", "promo", TWO, if_version={1}, now=2)
    again = templates.put("acme", "promo", TWO, if_version={1}, now=3)
    assert isinstance(again, TemplateVersion)
    assert again.version == 2
    newest = templates.newest("acme", "promo")
    assert newest is not None
    assert (newest.version, newest.content) == (2, TWO)


@pytest.mark.parametrize("crash", ["before", "after"])
def test_a_deletion_that_is_repeated_after_a_crash_deletes_everything(crash: str) -> None:
    table = FragileTable()
    templates = CustomerTemplates(table)
    for content in (ONE, TWO):
        templates.put("acme", "promo", content, if_version=None, now=1)
    table.crash = crash
    with pytest.raises(CrashError):
        templates.delete("acme", "promo", if_version={2}, now=2)
    assert templates.delete("acme", "promo", if_version={2}, now=3) is None
    assert templates.newest("acme", "promo") is None
    assert [templates.version("acme", "promo", number) for number in (1, 2)] == [None, None]
    assert templates.of_tenant("acme") == []


def test_puts_at_the_same_time_make_a_version_each() -> None:
    templates, begin = CustomerTemplates(MemoryTable()), threading.Barrier(6)

    def put(number: int) -> int:
        begin.wait()
        while True:
            try:
                made = templates.put("acme", "promo", {"n": number}, if_version=None, now=1)
            except TryAgainLater:
                continue
            assert isinstance(made, TemplateVersion)
            return made.version

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(put, range(6))) == [1, 2, 3, 4, 5, 6]


def test_names_that_puts_at_the_same_time_made_too_many_are_all_listed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    templates = CustomerTemplates(MemoryTable(page=100))
    monkeypatch.setattr(CustomerTemplates, "_is_full", lambda *_: False)
    names = [f"t-{number:03}" for number in range(MOST_NAMES + 3)]
    for name in names:
        templates.put("acme", name, ONE, if_version=None, now=1)
    assert [one.name for one in templates.of_tenant("acme")] == names


def test_of_two_changes_to_one_version_one_is_refused() -> None:
    templates = CustomerTemplates(MemoryTable())
    templates.put("acme", "promo", ONE, if_version={0}, now=1)
    assert isinstance(templates.put("acme", "promo", TWO, if_version={1}, now=2), TemplateVersion)
    late = templates.put("acme", "promo", {"description": "late"}, if_version={1}, now=2)
    assert late is TemplateRefusal.OTHER_VERSION


def test_a_version_stays_what_it_was() -> None:
    templates = CustomerTemplates(MemoryTable())
    for content in (ONE, TWO):
        templates.put("acme", "promo", content, if_version=None, now=1)
    first = templates.version("acme", "promo", 1)
    assert first is not None
    assert first.content == ONE
