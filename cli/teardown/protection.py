"""What protects a stack from being taken down, and its settings without that."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from ruamel.yaml import YAML

from cli.exits import CommandError, Exit
from components.settings import NAMESPACE, Settings

UNPROTECTED: Mapping[tuple[str, str], bool] = {
    ("deployment", "protect"): False,
    ("storage", "deletion_protection"): False,
    ("storage", "disposable"): True,
    ("job_server", "deletion_protection"): False,
}
"""The settings that stand between `pulumi destroy` and the data, with the values that let it through."""

_NO_FOLDING = 10_000


class ProtectedError(CommandError):
    """The stack is protected and was not confirmed by its name."""

    code = Exit.REFUSED


def protections(settings: Settings) -> list[str]:
    """The settings that protect the stack, as the stack file spells them."""
    return [
        f"{section}.{name}"
        for (section, name), open_value in UNPROTECTED.items()
        if getattr(getattr(settings, section), name) is not open_value
    ]


def require_confirmation(stack: str, settings: Settings, confirmed: str | None) -> bool:
    """Whether the command line confirms the stack by its name; a protected one needs that.

    Raises:
        ProtectedError: It is protected, or another stack was confirmed.
    """
    if confirmed not in {None, stack}:
        raise ProtectedError(f"--confirm names {confirmed}, and --stack is {stack}")
    protecting = protections(settings)
    if confirmed is None and protecting:
        raise ProtectedError(
            f"{stack} is protected by {', '.join(protecting)} in Pulumi.{stack}.yaml; "
            f"to go on all the same, add --confirm {stack}"
        )
    return confirmed == stack


@contextmanager
def unprotected(stack_file: Path) -> Iterator[Path]:
    """A copy of a stack file without its protection, removed afterwards."""
    yaml = YAML()
    yaml.preserve_quotes, yaml.width = True, _NO_FOLDING
    content = yaml.load(stack_file.read_text(encoding="utf-8"))
    for (section, name), value in UNPROTECTED.items():
        content["config"][f"{NAMESPACE}:{section}"][name] = value
    with tempfile.TemporaryDirectory(prefix="clipit-destroy-") as folder:
        # The CLI takes the stack's name from --stack, and reads the file wherever it lies.
        copy = Path(folder, stack_file.name)
        with copy.open("w", encoding="utf-8") as out:
            yaml.dump(content, out)
        yield copy
