"""Checks before the work that a command can write its output file."""

import tempfile
from pathlib import Path

from cli.exits import CommandError, Exit


class TargetError(CommandError):
    """A file cannot be written; the text says why."""

    code = Exit.USAGE


def prepare(target: Path | None) -> None:
    """Create the folder of a file if needed, and check that the file can be written.

    Raises:
        TargetError: It cannot.
    """
    if target is None:
        return
    try:
        if target.is_dir():
            raise TargetError(f"{target} is a folder; name a file in it.")
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=target.parent):
            return
    except OSError as problem:
        raise TargetError(
            f"{target} cannot be written: {problem.strerror or problem}. Choose another file."
        ) from None
