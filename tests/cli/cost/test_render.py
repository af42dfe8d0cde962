"""What one rendered minute costs."""

import pytest

from cli.cost import prices
from cli.cost.render import Usage, items
from tests.cli.cost.test_fleets import FLEET

KNOWN = prices.load()


def test_the_instance_is_paid_for_its_idle_share_too() -> None:
    busy = items(FLEET, KNOWN, Usage(idle_share=0))[0]
    mixed = items(FLEET, KNOWN, Usage(idle_share=0.25))[0]
    assert busy.usd == pytest.approx(120 / 3600 * FLEET.mixed_price)
    assert mixed.usd == pytest.approx(busy.usd / 0.75)


def test_storage_and_downloads_follow_the_size_of_the_video() -> None:
    small, large = (
        {item.name: item.usd for item in items(FLEET, KNOWN, Usage(output_mb=size))} for size in (50, 100)
    )
    assert large["downloads"] == pytest.approx(2 * small["downloads"])
    assert large["storage"] == pytest.approx(2 * small["storage"])
    assert large["instance"] == small["instance"]
