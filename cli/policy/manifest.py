"""What PulumiPolicy.yaml says of the pack: name, version, description."""

from collections.abc import Mapping
from functools import cache

from guardrails.pack.handwritten import of_yaml

from cli.policy import PACK


@cache
def manifest() -> Mapping[str, object]:
    """The manifest as it is written."""
    found = of_yaml((PACK / "PulumiPolicy.yaml").read_text(encoding="utf-8"))
    return found if isinstance(found, dict) else {}
