"""The prices, each with its source; one without a source was not confirmed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).with_name("prices.json")


@dataclass(frozen=True, kw_only=True)
class Price:
    """One price in USD, by the unit that its name ends with; `service` is its code in the AWS Price List."""

    usd: float
    service: str
    source: str = ""


@dataclass(frozen=True, kw_only=True)
class Prices:
    """The prices of one region on one day."""

    region: str
    as_of: str
    prices: Mapping[str, Price]

    def __getitem__(self, name: str) -> float:
        return self.prices[name].usd

    def unconfirmed(self) -> list[str]:
        """Name the prices that have no source."""
        return sorted(name for name, price in self.prices.items() if not price.source)


def load() -> Prices:
    """Read the committed file."""
    stated = json.loads(FILE.read_text(encoding="utf-8"))
    return Prices(
        region=stated["region"],
        as_of=stated["as_of"],
        prices={name: Price(**price) for name, price in stated["prices"].items()},
    )
