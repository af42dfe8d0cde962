"""What is copied back: what is missing or damaged, and never what the service has written since."""

from dataclasses import replace

import pytest

from cli.restore.comparison import COPIED_BACK, TRANSIENT, VERSIONS, Difference, Pair, difference
from handlers.jobs.store.keys import Entity, Key

NOW = 2_000.0
COPY = {"event_count": 2, "updated_at": 1_000.0, "expires_at": 9_000.0}
JOB = Pair(key=Key("JOB#r", "JOB"), entity=Entity.JOB, copy=COPY, table=COPY, same=False)


@pytest.mark.parametrize(
    ("pair", "found"),
    [
        (replace(JOB, same=True), Difference.SAME),
        (replace(JOB, table=None), Difference.MISSING),
        (JOB, Difference.DAMAGED),
        (replace(JOB, table={}), Difference.DAMAGED),
        (replace(JOB, table={**COPY, "updated_at": 900.0}), Difference.DAMAGED),
        (replace(JOB, table={**COPY, "event_count": 3}), Difference.NEWER),
        (replace(JOB, table={**COPY, "updated_at": 1_001.0}), Difference.NEWER),
        (replace(JOB, table={**COPY, "announced_at": 1_001.0}), Difference.NEWER),
        (replace(JOB, table=None, copy={**COPY, "expires_at": NOW}), Difference.EXPIRED),
        (replace(JOB, table=None, entity=Entity.WORKER), Difference.TRANSIENT),
        (replace(JOB, table=None, entity="OTHER"), Difference.UNKNOWN),
    ],
)
def test_an_item_that_is_newer_in_the_table_stays_and_one_that_is_gone_or_damaged_comes_back(
    pair: Pair, found: Difference
) -> None:
    assert difference(pair, now=NOW) is found


def test_a_key_that_was_revoked_since_stays_revoked() -> None:
    key = replace(JOB, entity=Entity.API_KEY, copy={"created_at": 1.0})
    assert difference(replace(key, table={"created_at": 1.0, "revoked_at": 5.0}), now=NOW) is Difference.NEWER
    assert difference(replace(key, table={}), now=NOW) in COPIED_BACK


def test_each_kind_of_item_is_either_compared_by_its_version_or_left_to_running_processes() -> None:
    kinds = {value for name, value in vars(Entity).items() if name.isupper()}
    assert kinds == VERSIONS.keys() | TRANSIENT
    assert not VERSIONS.keys() & TRANSIENT
