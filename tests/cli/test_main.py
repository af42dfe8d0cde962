"""What holds for every command: the table, help, exit codes, completion, quick start."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.core import TyperArgument, TyperGroup, TyperOption
from typer.testing import CliRunner

from cli import main
from cli.exits import MEANINGS, CommandError, Exit
from cli.main import COMMANDS, Panel, app, load
from tests.commands import all_commands

ROOT = Path(__file__).parents[2]
RUN = CliRunner()
ALL = dict(all_commands())
LEAVES = {words: command for words, command in ALL.items() if not isinstance(command, TyperGroup)}
PARAMETERS = [
    pytest.param(parameter, id=f"{' '.join(words)} {parameter.opts[0]}")
    for words, command in LEAVES.items()
    for parameter in command.params
]


def first_paragraph(text: str | None) -> str:
    return " ".join((text or "").split("\n\n")[0].split())


@pytest.mark.parametrize("entry", COMMANDS, ids=lambda entry: entry.name)
def test_the_tables_help_is_the_commands_own(entry: main.Entry) -> None:
    assert entry.help == first_paragraph(load(entry.name).help)


def test_help_shows_each_command_below_those_who_need_it() -> None:
    shown = RUN.invoke(app, ["--help"], env={"COLUMNS": "200"}).stdout
    places = [shown.index(panel) for panel in Panel]
    assert places == sorted(places)
    for entry in COMMANDS:
        line = shown.index(f"│ {entry.name} ", shown.index(entry.panel))
        assert entry.help in shown[line:].splitlines()[0]


def test_help_and_version_import_no_command() -> None:
    code = (
        "import sys\n"
        "from typer.testing import CliRunner\n"
        "from cli.main import COMMANDS, app\n"
        "for words in (['--help'], ['--version'], []):\n"
        "    CliRunner().invoke(app, words)\n"
        "ours = {'cli', 'handlers', 'local', 'components', 'simulator', 'guardrails'}\n"
        "print(sorted(name for name in sys.modules if name.split('.')[0] in ours))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ast.literal_eval(done.stdout) == ["cli", "cli.exits", "cli.main"]


def test_a_command_imports_no_other_command() -> None:
    code = (
        "import sys\n"
        "from typer.testing import CliRunner\n"
        "from cli.main import app\n"
        "CliRunner().invoke(app, ['submit', '--help'])\n"
        "print(sorted({name.split('.')[1] for name in sys.modules if name.startswith('cli.')}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    others = {entry.module.split(".")[1] for entry in COMMANDS} - {"renders"}
    assert not others & set(ast.literal_eval(done.stdout))


@pytest.mark.short_form(5)
@pytest.mark.parametrize("words", ALL, ids=" ".join)
def test_every_command_explains_itself_and_the_exit_codes(words: tuple[str, ...]) -> None:
    result = RUN.invoke(app, [*words, "--help"], env={"COLUMNS": "200"})
    assert result.exit_code == 0
    assert len(result.stdout.split("Usage:")[1].splitlines()[2].strip()) > 10, "a sentence below the usage"
    assert MEANINGS in " ".join(result.stdout.split())


@pytest.mark.parametrize("parameter", PARAMETERS)
def test_every_argument_and_option_has_a_help_that_is_a_sentence(parameter: Any) -> None:
    assert re.fullmatch(r"[A-Z].*\.", parameter.help, re.DOTALL), parameter.help


@pytest.mark.parametrize("parameter", PARAMETERS)
def test_a_value_has_a_name_in_capitals_or_a_number(parameter: Any) -> None:
    takes_a_value = isinstance(parameter, TyperArgument) or not parameter.is_flag
    if takes_a_value and parameter.type_descriptor.annotation not in {int, float}:
        assert re.fullmatch(r"[A-Z]+(=[A-Z]+)?", parameter.metavar or ""), parameter.metavar


def test_an_option_reads_the_same_in_every_command() -> None:
    texts: dict[str, set[str]] = {}
    for command in LEAVES.values():
        for parameter in command.params:
            if isinstance(parameter, TyperOption):
                texts.setdefault(parameter.opts[0], set()).add(parameter.help or "")
    # A fleet, a port, a program, a stack and a state are not to every command what they are to another.
    differing = {option for option, helps in texts.items() if len(helps) > 1}
    assert differing == {"--fleet", "--port", "--program", "--stack", "--state"}


def test_the_version_is_the_projects() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    result = RUN.invoke(app, ["--version"])
    assert (result.exit_code, result.stdout) == (0, f"clipit {version}\n")


def test_an_unknown_command_is_a_usage_error_that_offers_the_nearest() -> None:
    result = RUN.invoke(app, ["submti"])
    assert result.exit_code == Exit.USAGE
    assert "Did you mean 'submit'?" in " ".join(result.stderr.replace("│", " ").split())


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("clipit ke", ["keys"]),
        ("clipit keys re", ["revoke"]),
        ("clipit submit --fl", ["--fleet"]),
        ("clipit deploy --stack p", ["prod"]),
    ],
)
def test_a_shell_completes_commands_options_and_stacks(words: str, offered: list[str]) -> None:
    environment = {
        "_CLIPIT_COMPLETE": "complete_bash",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split()) - 1),
    }
    result = RUN.invoke(app, [], env=environment, prog_name="clipit")
    assert result.stdout.split() == offered


def test_an_error_of_a_command_is_one_message_and_its_code(monkeypatch: pytest.MonkeyPatch) -> None:
    failing = typer.Typer()

    @failing.command("get")
    def get() -> None:
        raise CommandError("it is too late", Exit.TOO_LATE)

    monkeypatch.setattr("cli.renders.command.app", failing)
    result = RUN.invoke(app, ["get"])
    assert (result.exit_code, result.stdout, result.stderr) == (5, "", "clipit: it is too late\n")


def test_the_meanings_name_every_exit_code() -> None:
    assert [int(code) for code in re.findall(r"\b\d+\b", MEANINGS)] == list(Exit)


def test_no_command_ends_with_an_error_in_a_way_of_its_own() -> None:
    """Errors are raised; only `cli.main` and `cli.start` write them and choose the code."""
    for path in sorted((ROOT / "cli").rglob("*.py")):
        if path.name in {"main.py", "start.py"}:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom | ast.Import) and node.col_offset:
                names = {alias.name for alias in node.names}
                assert all(name.endswith(("Client", "TypeDef")) for name in names), f"{path}: {names} late"
            if isinstance(node, ast.Call):
                assert ast.unparse(node.func) not in {"sys.exit", "exit", "quit"}, path
