"""Reads PulumiPolicy.yaml: the pack's name, version and description."""

from collections.abc import Mapping
from functools import cache

from guardrails.pack.handwritten import of_yaml

from cli.policy import PACK


@cache
def manifest() -> Mapping[str, object]:
    """The contents of the manifest."""
    found = of_yaml((PACK / "PulumiPolicy.yaml").read_text(encoding="utf-8"))
    return found if isinstance(found, dict) else {}
