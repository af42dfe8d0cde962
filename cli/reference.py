"""The reference of the command line, made from the commands: `python -m cli.reference` writes it."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from typer._click import Command
from typer.core import TyperArgument, TyperGroup, TyperOption

from cli.exits import MEANINGS
from cli.main import COMMANDS, Panel, load
from cli.markdown import cell

_ROOT = Path(__file__).resolve().parents[1]
PAGE = _ROOT / "docs" / "command-line.md"
HEAD = f"""# Command line

Each command of `clipit` with what it takes, for developers, operators, platform engineers and auditors.
`make command-page` writes this page from the commands; `clipit <command> --help` shows the same.

{MEANINGS}
"""


def page() -> str:
    """The whole page."""
    return HEAD + "".join(_panel(panel) for panel in Panel)


def _panel(panel: Panel) -> str:
    below = "".join(
        text
        for entry in COMMANDS
        if entry.panel is panel
        for text in _of(("clipit", entry.name), load(entry.name))
    )
    return f"\n## {panel.value}\n{below}"


def _of(words: tuple[str, ...], command: Command) -> Iterator[str]:
    """A command, or those of a group."""
    if isinstance(command, TyperGroup):
        for name, one in command.commands.items():
            yield from _of((*words, name), one)
        return
    taken = (one for one in command.params if isinstance(one, TyperArgument | TyperOption))
    rows = "".join(_row(one) for one in taken if one.name != "help")
    table = f"\n| Takes | Value | Default | Meaning |\n| --- | --- | --- | --- |\n{rows}" if rows else ""
    yield f"\n### `{' '.join(words)}`\n\n{_help(command)}\n{table}"


def _help(command: Command) -> str:
    """Its sentences: paragraphs stay, the breaks of lines do not."""
    paragraphs = re.split(r"\n\s*\n", (command.help or "").strip())
    return "\n\n".join(cell(" ".join(one.split())) for one in paragraphs)


def _row(parameter: TyperArgument | TyperOption) -> str:
    if isinstance(parameter, TyperArgument):
        name, value = f"`{parameter.metavar}`", ""
    else:
        name = ", ".join(f"`{one}`" for one in (*parameter.opts, *parameter.secondary_opts))
        value = "" if parameter.is_flag else f"`{parameter.metavar or 'NUMBER'}`"
    default = "required" if parameter.required else _default(parameter.default)
    return f"| {name} | {value} | {default} | {cell(parameter.help or '')} |\n"


def _default(given: object) -> str:
    """Nothing for a flag that is off and for what is left out; a folder as it lies in the checkout."""
    if given in (None, False, (), []) or callable(given):
        return ""
    if isinstance(given, Path) and given.is_relative_to(_ROOT):
        return f"`{given.relative_to(_ROOT)}`"
    return f"`{given:g}`" if isinstance(given, float) else f"`{given}`"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    sys.stderr.write(f"wrote {PAGE}\n")
