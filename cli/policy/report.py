"""The policies and their diagnostics, sorted by their effect on a deployment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cli.policy.diagnostics import Diagnostic, Level, PolicyInfo

WAIVED = "Waived until "


@dataclass(frozen=True, kw_only=True)
class Report:
    """The outcome of one audit; `weaker` has a sentence on each rule that the base enforces more strictly."""

    subject: str
    policies: tuple[PolicyInfo, ...]
    diagnostics: tuple[Diagnostic, ...]
    levels: Mapping[str, Level] = field(default_factory=dict)
    weaker: tuple[str, ...] = ()

    def level(self, policy: str) -> Level:
        """The level at which a policy was enforced; an unknown policy counts as mandatory."""
        return self.levels.get(policy, Level.MANDATORY)

    @property
    def violations(self) -> list[Diagnostic]:
        """The violations that stop a deployment."""
        return [each for each in self.diagnostics if each.level.binding and not each.undecided]

    @property
    def undecided(self) -> list[Diagnostic]:
        """Mandatory policies that could not decide: they may stop the deployment halfway."""
        return [each for each in self.diagnostics if each.undecided and self.level(each.policy).binding]

    @property
    def waived(self) -> list[Diagnostic]:
        """The violations that a waiver excuses."""
        return [
            each
            for each in self.diagnostics
            if each.finding.startswith(WAIVED) and not each.level.binding and not each.mended
        ]

    @property
    def mended(self) -> list[Diagnostic]:
        """The remediations that the program has not adopted."""
        return [each for each in self.diagnostics if each.mended]

    @property
    def advice(self) -> list[Diagnostic]:
        """The advisory diagnostics."""
        others = [*self.violations, *self.undecided, *self.waived, *self.mended]
        return [each for each in self.diagnostics if each not in others]

    @property
    def passed(self) -> bool:
        """Whether nothing stops a deployment, now or halfway."""
        return not self.violations and not self.undecided and not self.weaker

    def summary(self) -> str:
        """One line about the outcome."""
        parts = [
            f"{len(self.violations)} violations",
            f"{len(self.undecided)} undecided",
            f"{len(self.waived)} waived",
            *([f"{len(self.mended)} remediated"] if self.mended else []),
            *([f"{len(self.weaker)} weaker than the base"] if self.weaker else []),
            f"{len(self.advice)} advisory",
        ]
        return f"{self.subject}: {'passed' if self.passed else 'FAILED'}; {', '.join(parts)}"


def in_force(levels: Mapping[str, object], policies: tuple[PolicyInfo, ...]) -> dict[str, Level]:
    """The level of each policy under a levels file."""
    found: dict[str, Level] = {}
    for policy in policies:
        stated = levels.get(policy.name, levels.get("all"))
        if isinstance(stated, Mapping):
            stated = stated.get("enforcementLevel", levels.get("all"))
        found[policy.name] = Level(str(stated)) if stated else policy.level
    return found
