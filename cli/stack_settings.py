"""The settings of a stack as its file has them, for commands that need them without the Pulumi CLI."""

from pathlib import Path

from cli.exits import CommandError, Exit
from cli.preview.program import stacks
from components.settings import NAMESPACE, Settings, SettingsError, parse
from local.stack.stack_file import StackFileError, config_of

ROOT = Path(__file__).resolve().parents[1]


def read(stack: str, root: Path = ROOT) -> Settings:
    """Read a stack file.

    Raises:
        CommandError: There is no such stack, or its file is refused.
    """
    prefix = f"{NAMESPACE}:"
    if not (root / f"Pulumi.{stack}.yaml").exists():
        raise CommandError(f"there is no stack {stack}; choose one of {', '.join(stacks(root))}", Exit.USAGE)
    try:
        stated = config_of(stack, root)
        return parse({key.removeprefix(prefix): stated[key] for key in stated if key.startswith(prefix)})
    except (SettingsError, StackFileError) as problem:
        raise CommandError(str(problem)) from problem
