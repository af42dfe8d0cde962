"""The diagnostics of a policy pack about a stack."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

UNDECIDED = "can't run "
STACK_IN_URN = re.compile(r'"urn:pulumi:([^:"]+)::')


def stack_in(text: str) -> str:
    """The stack of the first URN in some JSON, empty when there is none."""
    found = STACK_IN_URN.search(text)
    return found[1] if found else ""


class Level(StrEnum):
    """How strictly a policy is enforced."""

    ADVISORY = "advisory"
    MANDATORY = "mandatory"
    DISABLED = "disabled"
    REMEDIATE = "remediate"

    @property
    def binding(self) -> bool:
        """Whether a violation stops a deployment; one that remediation leaves does."""
        return self in {Level.MANDATORY, Level.REMEDIATE}


@dataclass(frozen=True, kw_only=True)
class Diagnostic:
    """One diagnostic of the pack."""

    policy: str
    level: Level
    message: str
    urn: str = ""
    severity: str = ""
    # Whether the pack has remediated the finding, which leaves nothing to do for this deployment.
    mended: bool = False

    @classmethod
    def mending(
        cls, policy: str, urn: str, before: Mapping[str, object], after: Mapping[str, object]
    ) -> Diagnostic:
        """A remediation by the pack; names the properties and never shows their values."""
        changed = [key for key in sorted({*before, *after}) if before.get(key) != after.get(key)]
        done = Diagnostic(policy=policy, level=Level.ADVISORY, message="", urn=urn, mended=True)
        names = ", ".join(changed) or "nothing"
        return replace(done, message=f"{done.resource}: the pack rewrites {names} in every deployment.")

    @property
    def undecided(self) -> bool:
        """Whether the policy could not decide because a value is known only after the deployment."""
        return self.message.startswith(UNDECIDED)

    @property
    def resource(self) -> str:
        """The last part of the URN, or `stack` for the whole stack."""
        return self.urn.rsplit("::", 1)[-1] if self.urn else "stack"

    @property
    def resource_type(self) -> str:
        """The type in the URN, without its parents."""
        parts = self.urn.split("::")
        return parts[2].rsplit("$", 1)[-1] if len(parts) > 2 else ""  # noqa: PLR2004 - URN's third part

    @property
    def finding(self) -> str:
        """The message without the policy's description, which comes on the first line."""
        return self.message.split("\n", 1)[-1]


@dataclass(frozen=True, kw_only=True)
class PolicyInfo:
    """The pack's description of one of its policies."""

    name: str
    title: str
    description: str
    level: Level
    severity: str
    kind: str
    references: str
    why: str
    fix: str
    url: str
    defaults: dict[str, object]
