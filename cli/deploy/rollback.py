"""Prepares a rollback: a revision in its own working tree, if it can read the current table."""

import json
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from cli.exits import CommandError, Exit
from cli.pulumi import ROOT, STDERR

FORMAT = "handlers/jobs/store/table_format.json"


class RollbackError(CommandError):
    """The revision is not available; the text says why."""


class CannotReadError(RollbackError):
    """The revision cannot read what the deployed code writes."""

    code = Exit.REFUSED


def resolve(revision: str) -> str:
    """The commit that a revision names.

    Raises:
        RollbackError: There is none in this checkout.
    """
    try:
        return _git("rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}").strip()
    except RollbackError as problem:
        raise RollbackError(
            f"there is no revision {revision} in this checkout; `git log --oneline` lists what there is, "
            "`git fetch --tags` gets what is new"
        ) from problem


def refuse_unreadable(commit: str, deployed: Mapping[str, object]) -> None:
    """Refuse code that cannot read the items of the deployed code.

    Raises:
        CannotReadError: It cannot.
    """
    oldest = deployed.get("minimum_reader", 0)
    version = _format_of(commit)
    if isinstance(oldest, int | float) and version < oldest:
        raise CannotReadError(
            f"{commit[:12]} knows version {version} of the table's items, and to read those of the deployed "
            f"code takes {oldest:.0f} or later. Roll back to a revision that has it, or fix forward."
        )


def _format_of(commit: str) -> int:
    """The version of the items that the code of a commit knows; 0 before they had any."""
    shown = subprocess.run(
        ["git", "show", f"{commit}:{FORMAT}"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return int(json.loads(shown.stdout)["version"]) if shown.returncode == 0 else 0


@contextmanager
def checked_out(commit: str) -> Iterator[Path]:
    """A working tree of the commit with its own virtual environment, removed afterwards.

    Raises:
        RollbackError: Git or `make setup` failed.
    """
    with tempfile.TemporaryDirectory(prefix="clipit-rollback-") as folder:
        tree = Path(folder) / "tree"
        _git("worktree", "add", "--detach", str(tree), commit)
        try:
            if code := subprocess.run(["make", "setup"], cwd=tree, stdout=STDERR, check=False).returncode:
                raise RollbackError(
                    f"make setup in {commit[:12]} ended with exit code {code}; its output above says why"
                )
            yield tree
        finally:
            _git("worktree", "remove", "--force", str(tree))


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RollbackError(f"git {arguments[0]}: {done.stderr.strip()}")
    return done.stdout
