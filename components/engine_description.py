"""What a fleet's engine can do: the file of its setting (docs/how-to/bring-your-own-engine.md)."""

import json
from pathlib import Path

import pulumi

from components.bundles import ROOT

REFERENCE, MP4_ALONE = "reference", "mp4"
MOST_BYTES = 65_536
_OF_REFERENCE = "render_engine/output/description.json"
_KNOWN = {"formats": frozenset({"mp4", "webm", "gif"}), "features": frozenset({"quality", "poster"})}


def engine_description(setting: str, root: Path = ROOT) -> dict[str, list[str]]:
    """The formats and the features of an engine.

    Raises:
        pulumi.RunError: the file is missing, or is no description.
    """
    if setting == MP4_ALONE:
        return {"formats": ["mp4"], "features": []}
    path = _OF_REFERENCE if setting == REFERENCE else setting
    try:
        raw = (root / path).read_bytes()[: MOST_BYTES + 1]
    except OSError as error:
        raise pulumi.RunError(
            f"The engine's description {path} cannot be read; give a path from {root}."
        ) from error
    try:
        described = json.loads(raw)
    except ValueError as error:
        raise pulumi.RunError(f"The engine's description {path} is not JSON: {error}.") from error
    if not isinstance(described, dict) or described.keys() != _KNOWN.keys():
        raise pulumi.RunError(
            f"The engine's description {path} must have {' and '.join(_KNOWN)}, and no more."
        )
    for name, known in _KNOWN.items():
        given = described[name]
        if not isinstance(given, list) or not set(map(str, given)) <= known:
            allowed = ", ".join(sorted(known))
            raise pulumi.RunError(
                f"The engine's description {path}: {name} is {given!r}; a list of {allowed} is needed."
            )
    if "mp4" not in described["formats"]:
        raise pulumi.RunError(
            f"The engine's description {path}: formats lacks mp4, which every engine makes."
        )
    return {name: sorted(described[name]) for name in _KNOWN}
