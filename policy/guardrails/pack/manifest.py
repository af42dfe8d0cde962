"""Reads PulumiPolicy.yaml; the Pulumi CLI reads the same file before it starts the pack."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from guardrails.pack import handwritten

FILE = Path(__file__).parents[2] / "PulumiPolicy.yaml"


class ManifestError(ValueError):
    """The file cannot be used; the message says why and what to do."""


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """How the pack presents itself to Pulumi."""

    name: str
    version: str
    description: str


def load(path: Path = FILE) -> Manifest:
    """The manifest of the pack; keys that a copy leaves out get defaults.

    Raises ManifestError for what is no YAML mapping of texts.
    """
    try:
        stated = handwritten.as_written(path.read_text(encoding="utf-8"))
    except OSError as unreadable:
        raise ManifestError(f"{path} cannot be read: {unreadable.strerror}") from None
    except ValueError as broken:
        raise ManifestError(f"{path.name} cannot be used: {broken}") from broken
    if not isinstance(stated, dict):
        raise ManifestError(f"{path.name} must be a mapping with the keys name, version and runtime")
    return Manifest(
        name=_text(path, stated, "name", path.parent.name),
        version=_text(path, stated, "version", "0.0.1"),
        description=_text(path, stated, "description", ""),
    )


def _text(path: Path, stated: dict[object, object], key: str, default: str) -> str:
    value = stated.get(key)
    if value is None:
        return default
    if not isinstance(value, str):
        raise ManifestError(f"{path.name}: {key} must be a string")
    return value
