"""Stack files as the Pulumi CLI reads them, for what works without it."""

import re
from collections.abc import Mapping
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.constructor import DuplicateKeyError, SafeConstructor
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import ScalarNode

_ROOT = Path(__file__).resolve().parents[2]
_OCTAL = re.compile("[-+]?0[0-7]+")
_DEPLOYMENT = "clip-it:deployment"


class _AsTheCli(SafeConstructor):
    """Values as Go's library, with which the CLI reads, makes them where the two differ."""

    def construct_yaml_int(self, node: ScalarNode) -> int:
        """A number that begins with a zero is octal."""
        digits = str(node.value).replace("_", "")
        return int(digits, 8) if _OCTAL.fullmatch(digits) else int(super().construct_yaml_int(node))

    def construct_yaml_timestamp(self, node: ScalarNode, values: object = None) -> object:
        """A day or a time that the calendar lacks is a text."""
        try:
            return super().construct_yaml_timestamp(node, values)
        except ValueError:
            return str(node.value)


_AsTheCli.add_constructor("tag:yaml.org,2002:int", _AsTheCli.construct_yaml_int)
_AsTheCli.add_constructor("tag:yaml.org,2002:timestamp", _AsTheCli.construct_yaml_timestamp)


class StackFileError(Exception):
    """The file cannot be used; the text names it and says why."""


def read_yaml(path: Path) -> object:
    """The value of a YAML file.

    Raises:
        StackFileError: The file cannot be read, is no YAML, or states a key twice.
    """
    try:
        return _reader().load(path.read_text(encoding="utf-8"))
    except OSError as problem:
        raise StackFileError(f"{path.name} cannot be read: {problem.strerror}.") from problem
    except DuplicateKeyError as problem:  # whose own text quotes the values
        raise StackFileError(
            f"{path.name}: a key appears more than once, again on {_line(problem)}; keep one of them."
        ) from None
    except MarkedYAMLError as problem:
        raise StackFileError(f"{path.name} is not YAML: {_line(problem)}: {problem.problem}.") from problem
    except RecursionError:
        raise StackFileError(f"{path.name} is not YAML: it is nested too deeply.") from None
    except (YAMLError, ValueError) as problem:  # ValueError: no UTF-8, or a number with too many digits
        raise StackFileError(f"{path.name} is not YAML: {problem}.") from problem


def _reader() -> YAML:
    reader = YAML(typ="safe", pure=True)
    reader.Constructor = _AsTheCli
    return reader


def config_of(stack: str, root: Path = _ROOT) -> Mapping[str, object]:
    """The configuration in a stack's file, by its keys; empty when there is none.

    Raises:
        StackFileError: The file cannot be used.
    """
    path = root / f"Pulumi.{stack}.yaml"
    whole = read_yaml(path) or {}
    config = whole.get("config") or {} if isinstance(whole, dict) else whole
    if not isinstance(config, dict):
        raise StackFileError(f"{path.name} must hold a mapping with the key config, itself a mapping.")
    return {str(key): value for key, value in config.items()}


def region_of(stack: str, root: Path = _ROOT) -> str:
    """The region in which a stack lives.

    Raises:
        StackFileError: The file cannot be used, or names none.
    """
    deployment = config_of(stack, root).get(_DEPLOYMENT)
    if not isinstance(deployment, dict) or "region" not in deployment:
        raise StackFileError(f"Pulumi.{stack}.yaml names no region; set it at config.{_DEPLOYMENT}.region")
    return str(deployment["region"])


def _line(problem: MarkedYAMLError) -> str:
    mark = problem.problem_mark or problem.context_mark
    return f"line {mark.line + 1}" if mark else "some line"
