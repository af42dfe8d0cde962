"""What one rendered minute of video costs, by the fleet that renders it."""

from __future__ import annotations

from dataclasses import dataclass

from cli.cost.fleets import Fleet
from cli.cost.idle import Item
from cli.cost.prices import Prices


@dataclass(frozen=True, kw_only=True)
class Usage:
    """What a render of one minute uses; the figures of a customer whose video is watched once.

    `idle_share` is the part of an instance's paid time in which it renders nothing, `write_units` those of
    one render (`make bench-render` prints them).
    """

    idle_share: float = 0.25
    output_mb: float = 50
    downloads: float = 1
    kept_days: float = 90
    write_units: float = 60


USAGE = Usage()
SECONDS_AN_HOUR = 3600
MB_A_GB = 1024
DAYS_A_MONTH = 30


def items(fleet: Fleet, prices: Prices, usage: Usage = USAGE) -> tuple[Item, ...]:
    """List what one render costs that takes the fleet's usual service time."""
    seconds = fleet.service_s / (1 - usage.idle_share)
    gb = usage.output_mb / MB_A_GB
    months = usage.kept_days / DAYS_A_MONTH
    return (
        Item(name="instance", quantity=seconds, unit="s", usd=seconds / SECONDS_AN_HOUR * fleet.mixed_price),
        Item(
            name="downloads",
            quantity=gb * usage.downloads,
            unit="GB",
            usd=gb * usage.downloads * prices["egress_gb"],
        ),
        Item(name="storage", quantity=gb * months, unit="GB-months", usd=gb * months * prices["s3_gb_month"]),
        Item(
            name="DynamoDB",
            quantity=usage.write_units,
            unit="write units",
            usd=usage.write_units * prices["write_request_unit"],
        ),
    )
