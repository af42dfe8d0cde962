"""What a fleet's engine can do: the file of its setting (docs/how-to/bring-your-own-engine.md)."""

import json
from collections.abc import Mapping
from pathlib import Path

import pulumi

from components.bundles import ROOT

REFERENCE, MP4_ALONE = "reference", "mp4"
MOST_BYTES = 65_536
MOST_BYTES_OF_A_SCHEMA = 16_384
MOST_BYTES_OF_ALL = 49_152
"""Laid out as tightly as the job server's environment has them: a task definition may have 64 KiB."""
_OF_REFERENCE = "render_engine/output/description.json"
_SCHEMA = "composition"
_KNOWN = {"formats": frozenset({"mp4", "webm", "gif"}), "features": frozenset({"quality", "poster", "mark"})}


def engines_text(descriptions: Mapping[str, str], root: Path = ROOT) -> str:
    """What the engine of each fleet can do, as the job server's environment has it.

    Raises:
        pulumi.RunError: a description cannot be used, or all of them do not fit into a task definition.
    """
    engines = {fleet: engine_description(setting, root) for fleet, setting in descriptions.items()}
    text = json.dumps(engines, sort_keys=True, separators=(",", ":"))
    if len(text) > MOST_BYTES_OF_ALL:
        raise pulumi.RunError(
            f"The descriptions of the engines have {len(text)} bytes together; at most {MOST_BYTES_OF_ALL} "
            "are allowed. Make the schemas of compositions smaller, or use one for fewer fleets."
        )
    return text


def engine_description(setting: str, root: Path = ROOT) -> dict[str, object]:
    """The formats and the features of an engine, and the schema of its compositions if it has its own.

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
    if not isinstance(described, dict) or described.keys() - {_SCHEMA} != _KNOWN.keys():
        allowed = f"must have {' and '.join(_KNOWN)}, may have {_SCHEMA}, and no more"
        raise pulumi.RunError(f"The engine's description {path} {allowed}.")
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
    own = {_SCHEMA: _schema(path, described[_SCHEMA])} if _SCHEMA in described else {}
    return {**{name: sorted(described[name]) for name in _KNOWN}, **own}


def _schema(path: str, given: object) -> object:
    size = len(json.dumps(given, separators=(",", ":")))
    if not isinstance(given, dict) or size > MOST_BYTES_OF_A_SCHEMA:
        needed = f"a JSON Schema of at most {MOST_BYTES_OF_A_SCHEMA} bytes"
        raise pulumi.RunError(
            f"The engine's description {path}: {_SCHEMA} has {size} bytes; {needed} is needed."
        )
    return given
