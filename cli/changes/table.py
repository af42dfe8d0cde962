"""One row a setting: what a change of it does in AWS, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cli.changes.alternatives import (
    FLEETS,
    Alternative,
    NoAlternativeError,
    Sections,
    alternative,
    leaves,
)
from cli.changes.deployment import Deployment, deployment
from cli.changes.effects import GROUP, LASTING, Effects, effects, type_of
from cli.preview.program import ProgramError

MOST_TYPES: Final = 4
# A revision is registered and an old one left behind: nothing ends with it.
REVISIONS: Final = frozenset({"aws:ecs/taskDefinition:TaskDefinition"})
FLEET_ADDED, FLEET_REMOVED, ANOTHER = "fleets: one more", "fleets: one less", "another"


@dataclass(frozen=True, kw_only=True)
class Row:
    """What a change of a setting does: words as on the page, and the effects unless it is refused."""

    setting: str
    outcome: str
    resources: str
    effects: Effects | None


def rows(root: Path, stack: str, sections: Sections) -> Iterator[Row]:
    """A row for every setting, in the order of the settings, then one for adding and removing a fleet.

    The settings of a fleet are those of the default one.
    """
    before, fleet = deployment(root, stack, sections), default_fleet(sections)
    for path, field in leaves():
        try:
            changed = alternative(sections, path, field, fleet)
        except NoAlternativeError:
            yield Row(setting=path, outcome="no other value", resources="", effects=None)
        else:
            yield row(before, root, stack, changed)
    more = one_fleet_more(sections, fleet)
    yield row(before, root, stack, more)
    less = Alternative(setting=FLEET_REMOVED, value=None, sections=sections)
    yield row(deployment(root, stack, more.sections), root, stack, less)


def row(before: Deployment, root: Path, stack: str, changed: Alternative) -> Row:
    """The row of one setting."""
    try:
        after = deployment(root, stack, changed.sections, before)
    except ProgramError:
        return Row(setting=changed.setting, outcome="refused", resources="", effects=None)
    found = effects(before.resources, after.resources)
    together = f" (with `{changed.together}`)" if changed.together else ""
    return Row(
        setting=changed.setting,
        outcome=", ".join(_outcomes(found)) or "nothing",
        resources="; ".join(_resources(found)) + together,
        effects=found,
    )


def default_fleet(sections: Sections) -> str:
    """The fleet of renders that name none."""
    renders = sections["renders"]
    return str(renders["default_fleet"]) if isinstance(renders, dict) else ""


def one_fleet_more(sections: Sections, fleet: str) -> Alternative:
    """The settings with another fleet like this one."""
    fleets = sections[FLEETS]
    if not isinstance(fleets, dict):
        raise TypeError(
            f"{FLEETS}: {type(fleets).__name__} given; an object with a key for each fleet is needed"
        )
    more = {**deepcopy(sections), FLEETS: {**fleets, ANOTHER: deepcopy(fleets[fleet])}}
    return Alternative(setting=FLEET_ADDED, value=ANOTHER, sections=more)


def replaced_for_good(found: Effects) -> list[str]:
    """The types of what is replaced although it holds data or work."""
    return sorted({type_of(urn) for urn in found.replaced} & LASTING)


def _outcomes(found: Effects) -> Iterator[str]:
    rolling = {type_of(urn) for urn in found.rolling}
    if rolling:
        what = ("instances" if kind == GROUP else "tasks" for kind in sorted(rolling))
        yield f"rolling ({' and '.join(what)})"
    if {type_of(urn) for urn in found.replaced} - REVISIONS:
        yield "replaces"
    if found.created or found.deleted:
        yield "adds or removes"
    if found.updated and not rolling:
        yield "in place"


def _resources(found: Effects) -> Iterator[str]:
    for verb, urns in (
        ("updates", found.updated),
        ("replaces", found.replaced),
        ("adds or removes", found.created | found.deleted),
    ):
        if urns:
            yield f"{verb} {_summary(urns)}"


def _summary(urns: Iterable[str]) -> str:
    counted = Counter(type_of(urn).rpartition(":")[2] for urn in urns)
    named = [f"{kind} ({count})" if count > 1 else kind for kind, count in sorted(counted.items())]
    if len(named) <= MOST_TYPES:
        return ", ".join(named)
    return f"{counted.total()} resources of {len(named)} types"


def as_markdown(table: Iterable[Row]) -> str:
    """The table as it stands in the page."""
    lines = ["| Setting | Outcome | Resources |", "| --- | --- | --- |"]
    lines += [f"| `{one.setting}` | {one.outcome} | {one.resources} |" for one in table]
    return "\n".join(lines) + "\n"
