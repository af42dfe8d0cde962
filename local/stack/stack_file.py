"""What the local stack must know from its stack file before anything is deployed."""

from pathlib import Path

import yaml

_ROOT = Path(__file__).resolve().parents[2]
_DEPLOYMENT = "clip-it:deployment"


class StackFileError(Exception):
    """The stack file lacks something; the text names it."""


def region_of(stack: str, root: Path = _ROOT) -> str:
    """The region in which a stack lives.

    Raises:
        StackFileError: The file cannot be read, or names none.
    """
    name = f"Pulumi.{stack}.yaml"
    try:
        settings = yaml.safe_load((root / name).read_text(encoding="utf-8"))
    except OSError as problem:
        raise StackFileError(f"{name} cannot be read: {problem.strerror}.") from problem
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as problem:
        raise StackFileError(f"{name} is not YAML: {problem}.") from problem
    try:
        return str(settings["config"][_DEPLOYMENT]["region"])
    except (KeyError, TypeError) as problem:
        raise StackFileError(f"{name} names no region; state it at config.{_DEPLOYMENT}.region") from problem
