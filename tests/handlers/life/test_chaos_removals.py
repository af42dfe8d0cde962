"""`make chaos` notices when a protection of the job protocol is removed: each is, in turn."""

import pytest
import structlog

from tests.handlers.life.chaos.play import play
from tests.handlers.life.chaos.removals import REMOVALS
from tests.handlers.life.chaos.removals.removing import Removal

RENDERS = 100
MOST_SEEDS = 24
"""Within so many, what only a rare order of events shows is seen; `make chaos` plays 5,000 renders."""


@pytest.fixture(autouse=True)
def unlogged() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("removal", REMOVALS, ids=lambda removal: removal.__name__)
def test_a_protection_that_is_removed_is_missed(removal: Removal, monkeypatch: pytest.MonkeyPatch) -> None:
    removal(monkeypatch)
    assert any(play(seed, RENDERS).broken for seed in range(1, MOST_SEEDS + 1)), removal.__doc__
