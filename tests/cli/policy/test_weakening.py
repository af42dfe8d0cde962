"""A change that enforces less than its base does is noticed, whatever the pack says of its resources."""

import json
from pathlib import Path

import pytest

from cli.exits import CommandError
from cli.policy.weakening import weakened

ROOT = Path(__file__).parents[3]


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """A checkout with the levels of today."""
    folder = tmp_path / "policy" / "levels"
    folder.mkdir(parents=True)
    levels = (ROOT / "policy/levels/prod.json").read_text(encoding="utf-8")
    (folder / "prod.json").write_text(levels, encoding="utf-8")
    return tmp_path


def change(base: Path, **entries: object) -> None:
    path = base / "policy/levels/prod.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **entries}))


def test_the_same_levels_are_not_weaker(base: Path) -> None:
    assert weakened(base, "prod") == ()


def test_a_rule_that_the_base_had_and_the_change_has_not_is_named(base: Path) -> None:
    change(base, **{"no-such-rule-now": "mandatory"})
    assert weakened(base, "prod") == ("no-such-rule-now was mandatory and is gone",)


def test_a_rule_that_is_only_advice_now_is_named(base: Path) -> None:
    advisory = next(
        name
        for name, level in json.loads((ROOT / "policy/levels/prod.json").read_text()).items()
        if level == "advisory"
    )
    change(base, **{advisory: {"enforcementLevel": "mandatory"}})
    assert weakened(base, "prod") == (f"{advisory} was mandatory and is advisory",)


def test_a_rule_that_is_stricter_now_is_fine(base: Path) -> None:
    change(base, **{"required-tags": "advisory", "sqs-sse": "disabled"})
    assert weakened(base, "prod") == ()


def test_a_base_without_levels_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be read"):
        weakened(tmp_path, "prod")
