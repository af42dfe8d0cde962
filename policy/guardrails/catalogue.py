"""All rules, in the order of the catalogue page."""

from __future__ import annotations

import importlib

from guardrails.rule import Rule

RULE_IDS = (
    "required-tags",
    "lt-instance-tags",
    "lt-volume-tags",
    "asg-tags-propagate",
    "asg-health-check-explicit",
    "tg-health-check",
    "ecs-container-health-check",
    "asg-desired-not-owned",
)


def _rule(rule_id: str) -> Rule:
    module = importlib.import_module(f"guardrails.rules.{rule_id.replace('-', '_')}")
    rule: Rule = module.RULE
    return rule


RULES: tuple[Rule, ...] = tuple(_rule(rule_id) for rule_id in RULE_IDS)
