"""Physical names for resources that were given none, as the official provider invents them."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from local.provider.types.props import Props
from local.provider.types.resource import CheckFailure, ResourceType

RANDOM_CHARACTERS = 7


@dataclass(frozen=True, kw_only=True)
class Naming:
    """What the Pulumi CLI says about names: its seed, and the stack's own naming rules if it has any."""

    seed: bytes = b""
    proposed: str = ""
    forbidden: bool = False


def named(logical: str, kind: ResourceType, old: Props, inputs: Props, naming: Naming) -> str | None:
    """The name of before, else `<logical>-<7 hex digits>`, else the given prefix and the digits."""
    key = kind.autoname or "name"
    kept, prefix = old.get(key), inputs.get(f"{key}Prefix")
    if isinstance(kept, str) and kept and prefix == old.get(f"{key}Prefix"):
        return kept
    if naming.forbidden:
        return None
    if naming.proposed:
        return naming.proposed
    digits = hashlib.sha256(naming.seed or logical.encode()).hexdigest()[:RANDOM_CHARACTERS]
    stem = prefix if isinstance(prefix, str) else f"{logical}-"
    return f"{stem}{digits}{kind.name_suffix(inputs)}"


def name_failures(kind: ResourceType, inputs: Props) -> Iterator[CheckFailure]:
    """A physical name is given or invented, and short enough."""
    if kind.autoname is None:
        return
    name = inputs.get(kind.autoname)
    if name is None:
        reason = "the stack's naming rules forbid invented names; give one"
        yield CheckFailure(property=kind.autoname, reason=reason)
    elif isinstance(name, str) and len(name) > kind.name_limit:
        reason = (
            f"{name!r} has {len(name)} characters, at most {kind.name_limit} are allowed (an invented name "
            f"is the logical name and {RANDOM_CHARACTERS + 1} characters more); shorten the resource's name"
        )
        yield CheckFailure(property=kind.autoname, reason=reason)
