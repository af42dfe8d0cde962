"""What a fleet keeps and pays, as the stack file states it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from cli.exits import CommandError

SETTING = "clip-it:fleets"


@dataclass(frozen=True, kw_only=True)
class Fleet:
    """Prices are USD an instance-hour, as the fleet's `scaling` states them for its instance types."""

    minimum: int
    volume_gib: int
    on_demand_base: int
    on_demand_percent: int
    on_demand_price: float
    spot_price: float
    service_s: float

    @property
    def idle_price_per_hour(self) -> float:
        """What the instances below the minimum cost: the base on demand, of the rest its share."""
        base = min(self.minimum, self.on_demand_base)
        return base * self.on_demand_price + (self.minimum - base) * self.mixed_price

    @property
    def mixed_price(self) -> float:
        """What an instance above the base costs on average."""
        share = self.on_demand_percent / 100
        return share * self.on_demand_price + (1 - share) * self.spot_price


def of(configuration: Mapping[str, str]) -> dict[str, Fleet]:
    """Read the fleets of a stack's configuration.

    Raises:
        CommandError: A fleet lacks what its cost depends on.
    """
    return {name: _fleet(name, stated) for name, stated in json.loads(configuration[SETTING]).items()}


def _fleet(name: str, stated: Mapping[str, object]) -> Fleet:
    scaling = stated.get("scaling")
    values = {**stated, **(scaling if isinstance(scaling, dict) else {})}
    try:
        return Fleet(**{field: values[field] for field in Fleet.__dataclass_fields__})
    except KeyError as missing:
        raise CommandError(
            f"{SETTING}.{name} has no {missing}, on which its cost depends; give it in the stack file"
        ) from missing
