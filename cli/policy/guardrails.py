"""The rules as data, for lists and explanations; the pack's folder is no installed package."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import ModuleType

    from guardrails.rule import Rule

ROOT = Path(__file__).parents[2]
POLICY = ROOT / "policy"


def _module(name: str) -> ModuleType:
    if str(POLICY) not in sys.path:
        sys.path.insert(0, str(POLICY))
    return import_module(f"guardrails.{name}")


@cache
def manifest() -> Mapping[str, object]:
    """What PulumiPolicy.yaml says of the pack: name, version, description."""
    found: dict[str, object] = of_yaml((POLICY / "PulumiPolicy.yaml").read_text(encoding="utf-8"))
    return found


def of_yaml(text: str) -> Any:
    """What YAML that people write says; raises yaml.YAMLError, and ValueError for a key stated twice."""
    return _module("pack.handwritten").of_yaml(text)


def of_json(text: str) -> Any:
    """What JSON that people write says; raises ValueError for what is none, and for a key stated twice."""
    return _module("pack.handwritten").of_json(text)


def rules() -> tuple[Rule, ...]:
    """All rules in the order of the catalogue."""
    found: tuple[Rule, ...] = _module("catalogue").RULES
    return found


def levels(stack: str) -> dict[str, object]:
    """The levels of a stack; raises FileNotFoundError for a stack that has none."""
    found: dict[str, object] = _module("pack.levels").load(stack)
    return found


def level_of(stated: dict[str, object], rule: Rule) -> str:
    """The level of one rule."""
    return str(_module("pack.levels").level_of(stated, rule))


def level_problems(stated: dict[str, object]) -> list[str]:
    """What is wrong with levels; empty when they are sound."""
    found: list[str] = _module("pack.levels").problems(stated, rules())
    return found


def stacks() -> list[str]:
    """The stacks that have levels."""
    found: list[str] = _module("pack.levels").stacks()
    return found


def page_entry(rule: Rule) -> str:
    """A rule's part of the catalogue page."""
    return str(_module("pack.page").entry(rule))
