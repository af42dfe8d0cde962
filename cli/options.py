"""Arguments and options that several commands share, so that they read the same everywhere."""

from pathlib import Path
from typing import Annotated

import typer

from cli.exits import CommandError
from handlers.jobs.ids import tenant_name


def _tenant(text: str) -> str:
    try:
        return tenant_name(text)
    except ValueError as problem:
        raise typer.BadParameter(str(problem)) from None


_ROOT = Path(__file__).resolve().parents[1]


def _stacks(beginning: str) -> list[str]:
    """The stacks that have a stack file and begin so, for a shell that completes."""
    names = (path.name.removeprefix("Pulumi.").removesuffix(".yaml") for path in _ROOT.glob("Pulumi.*.yaml"))
    return sorted(name for name in names if name.startswith(beginning))


def _in_a_folder(path: Path | None) -> Path | None:
    """Refuse a file that could not be written before the work, and not after it."""
    if path and not path.parent.is_dir():
        raise typer.BadParameter(f"there is no folder {path.parent}; make it, or name a file elsewhere")
    return path


def write(path: Path, text: str) -> None:
    """Write a report.

    Raises:
        CommandError: The file could not be written.
    """
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as problem:
        raise CommandError(f"{path} could not be written: {problem.strerror}; name another file") from problem


A_FILE = {"metavar": "FILE", "dir_okay": False, "writable": True, "callback": _in_a_folder}
AsJson = Annotated[
    bool, typer.Option("--json", help="Print JSON, one document a line where there are several.")
]
Deadline = Annotated[float, typer.Option(min=1, help="Seconds to wait in all.")]
Markdown = Annotated[Path | None, typer.Option(help="File for the report as Markdown.", **A_FILE)]
Port = Annotated[int, typer.Option(min=0, max=65535, help="Port of the API; 0 chooses a free one.")]
Stack = Annotated[
    str, typer.Option(metavar="STACK", help="Stack whose settings apply.", autocompletion=_stacks)
]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask before the change.")]
Tenant = Annotated[str, typer.Argument(metavar="TENANT", callback=_tenant, help="Name of the tenant.")]
