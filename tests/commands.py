"""The commands of `clipit`, loaded as they are when somebody runs them."""

from collections.abc import Iterator, Sequence
from typing import Any

from typer.core import TyperGroup

from cli.main import COMMANDS, load


def command_of(words: Sequence[str]) -> tuple[Any, list[str]]:
    """The command that the words begin with, and the words that are left for it."""
    rest = list(words)
    command: Any = load(rest.pop(0))
    while isinstance(command, TyperGroup):
        assert rest, f"{words} ends before a command"
        assert rest[0] in command.commands, f"{words}: there is no command {rest[0]}"
        command = command.commands[rest.pop(0)]
    return command, rest


def all_commands() -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command, and every group on the way to it, with its words."""
    for entry in COMMANDS:
        yield from _below((entry.name,), load(entry.name))


def _below(words: tuple[str, ...], command: Any) -> Iterator[tuple[tuple[str, ...], Any]]:
    yield words, command
    if isinstance(command, TyperGroup):
        for name, one in command.commands.items():
            yield from _below((*words, name), one)
