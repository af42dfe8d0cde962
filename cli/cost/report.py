"""The cost as text, as JSON, and as Markdown with the difference to an earlier one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from cli.cost.idle import Item
from cli.cost.prices import Prices
from cli.exits import CommandError, Exit
from cli.markdown import code


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What a stack costs: idle in USD a month, and one rendered minute in USD by fleet."""

    stack: str
    idle: tuple[Item, ...]
    renders: Mapping[str, tuple[Item, ...]]
    prices: Prices

    @property
    def idle_usd(self) -> float:
        """The sum of the idle month."""
        return _sum(self.idle)


def as_text(cost: Cost) -> str:
    """Print both bills, the dearest first, and what the prices rest on."""
    return "".join(f"{line}\n" for line in _lines(cost))


def _lines(cost: Cost) -> Iterator[str]:
    yield f"{cost.stack}, a month without renders:"
    yield from map(_line, cost.idle)
    yield f"{cost.idle_usd:10.2f} USD  in all; requests, traffic, logs, metrics and stored bytes come on top"
    for fleet, items in cost.renders.items():
        parts = ", ".join(f"{item.name} {item.usd / _sum(items):.0%}" for item in items)
        yield f"a rendered minute on {fleet}: {_sum(items):.4f} USD ({parts})"
    yield f"prices of {cost.prices.region}, {cost.prices.as_of}; not confirmed: " + ", ".join(
        cost.prices.unconfirmed()
    )


def _line(item: Item) -> str:
    return f"{item.usd:10.2f} USD  {item.name} ({item.quantity:g} {item.unit})"


def _sum(items: Sequence[Item]) -> float:
    return sum(item.usd for item in items)


def as_json(cost: Cost) -> str:
    """Print the cost for a program, and for a later `--against`."""
    stated = {
        "stack": cost.stack,
        "idle_usd": round(cost.idle_usd, 2),
        "idle": {item.name: round(item.usd, 2) for item in cost.idle},
        "render_usd": {fleet: round(_sum(items), 4) for fleet, items in cost.renders.items()},
    }
    return json.dumps(stated, indent=2) + "\n"


def earlier(text: str) -> Mapping[str, float]:
    """Read the idle month of an earlier `clipit cost --json`.

    Raises:
        CommandError: It is another file.
    """
    try:
        stated = json.loads(text)
        return {str(name): float(usd) for name, usd in stated["idle"].items()}
    except (ValueError, TypeError, KeyError, AttributeError) as problem:
        raise CommandError(
            "--against is not an output of `clipit cost --json`; give a file that it has written", Exit.USAGE
        ) from problem


def as_markdown(cost: Cost, before: Mapping[str, float] | None) -> str:
    """Write the idle month; with an earlier one, the items that differ and by how much."""
    now = {item.name: item.usd for item in cost.idle}
    then = now if before is None else before
    change = sum(now.values()) - sum(then.values())
    title = f"## Cost: {code(cost.stack)} idle {cost.idle_usd:.0f} USD a month"
    lines = [f"{title}, {change:+.0f}\n" if before is not None else f"{title}\n"]
    rows = sorted({*now, *then}, key=lambda name: -abs(now.get(name, 0) - then.get(name, 0)))
    if before is not None:
        rows = [name for name in rows if round(now.get(name, 0) - then.get(name, 0), 2)]
    if rows:
        lines += ["| Item | USD a month | Change |", "| --- | --: | --: |"]
        lines += [
            f"| {code(name)} | {now.get(name, 0):.2f} | {now.get(name, 0) - then.get(name, 0):+.2f} |"
            for name in rows
        ]
    return "\n".join([*lines, "", ""])
