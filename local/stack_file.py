"""What the local stack must know from its stack file before anything is deployed."""

from pathlib import Path

import yaml

_ROOT = Path(__file__).resolve().parent.parent
_DEPLOYMENT = "clip-it:deployment"


class StackFileError(Exception):
    """The stack file lacks something; the text names it."""


def region_of(stack: str, root: Path = _ROOT) -> str:
    """The region in which a stack lives."""
    name = f"Pulumi.{stack}.yaml"
    try:
        settings = yaml.safe_load((root / name).read_text())
        return str(settings["config"][_DEPLOYMENT]["region"])
    except (OSError, KeyError, TypeError) as problem:
        raise StackFileError(f"{name} names no region at {_DEPLOYMENT}.region ({problem!r}).") from problem
