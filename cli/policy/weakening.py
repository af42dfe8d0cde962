"""Which rules a change enforces less strictly than the branch that it is for."""

from collections.abc import Iterator
from pathlib import Path

from guardrails.catalogue import RULES
from guardrails.pack import handwritten, levels

from cli.exits import CommandError, Exit
from cli.policy.diagnostics import Level

_STRICTNESS = (Level.DISABLED, Level.ADVISORY, Level.REMEDIATE, Level.MANDATORY)


def weakened(base: Path, name: str) -> tuple[str, ...]:
    """A sentence about each rule that a base checkout's levels `name` enforce more strictly, or that is gone.

    Raises:
        CommandError: the base is no checkout, or its levels are not JSON.
    """
    path = base / "policy" / "levels" / f"{name}.json"
    try:
        before = handwritten.of_json(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise CommandError(f"--base {base}: {path} cannot be read: {problem}", Exit.USAGE) from problem
    return tuple(_weakened(before if isinstance(before, dict) else {}, name))


def _weakened(before: dict[str, object], name: str) -> Iterator[str]:
    now = levels.load(name)
    rules = {each.id: each for each in RULES}
    for rule, stated in sorted(before.items()):
        level = _level(stated)
        if level is None or level is Level.DISABLED:
            continue
        if rule not in rules:
            yield f"{rule} was {level.value} and is gone"
            continue
        current = Level(levels.level_of(now, rules[rule]))
        if _STRICTNESS.index(current) < _STRICTNESS.index(level):
            yield f"{rule} was {level.value} and is {current.value}"


def _level(stated: object) -> Level | None:
    """The level in an entry of a levels file; None for what is no level."""
    text = stated.get(levels.LEVEL) if isinstance(stated, dict) else stated
    return Level(text) if isinstance(text, str) and text in set(Level) else None
