"""Each number that the scaler's estimate and price were given stands in the page, with its reason."""

import ast
import re
from collections.abc import Iterator

from tests.contracts.source_tree import ROOT

DECISION = ROOT / "handlers" / "scaler" / "decision"
FILES = (
    *(
        DECISION / f"{name}.py"
        for name in ("demand", "estimate", "history", "idle_gaps", "price", "scale_in")
    ),
    *sorted((DECISION / "load").glob("*.py")),
)
ROW = re.compile(
    r"^\| `(?P<name>[a-z_]+\.[A-Z_]+)` \| (?P<value>[-\d.]+) \| (?P<why>[^|]+) \|$", re.MULTILINE
)
BEFORE = 36
"""Numbers of the estimate and the price that counted arrivals by intervals."""
TECHNICAL = {"durations.ENDLESS_S", "history.LARGEST"}


def constants() -> Iterator[tuple[str, float]]:
    """The numbers that modules name, and the value of each."""
    for path in FILES:
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if not isinstance(node, ast.Assign):
                continue
            names = node.targets[0].elts if isinstance(node.targets[0], ast.Tuple) else node.targets
            values = node.value.elts if isinstance(node.targets[0], ast.Tuple) else [node.value]  # type: ignore[attr-defined]
            for name, value in zip(names, values, strict=True):
                try:
                    number = ast.literal_eval(value)
                except ValueError:
                    continue
                if isinstance(name, ast.Name) and isinstance(number, int | float):
                    yield f"{path.stem}.{name.id}", float(number)


def test_the_page_gives_each_constant_its_value_and_a_reason() -> None:
    rows = list(ROW.finditer((ROOT / "docs" / "scaling.md").read_text(encoding="utf-8")))
    assert {row["name"]: float(row["value"]) for row in rows} == {
        name: value for name, value in constants() if name not in TECHNICAL
    }
    assert all(len(row["why"].split()) >= 3 for row in rows)


def test_there_are_fewer_than_before() -> None:
    assert len(list(constants())) < BEFORE
