"""What holds for every command: help, exit codes, quick start."""

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import typer.main
from typer.testing import CliRunner

from cli.main import app


def commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The paths of all commands below one; typer carries its own click, so the shape tells a group."""
    below = getattr(command, "commands", None)
    if below is None:
        yield path
    else:
        for name, one in below.items():
            yield from commands(one, (*path, name))


ALL = sorted(commands(typer.main.get_command(app)))


def test_there_are_commands() -> None:
    assert {("demo",), ("submit",), ("keys", "create"), ("local", "up")} <= set(ALL)


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_every_command_explains_itself(path: tuple[str, ...]) -> None:
    result = CliRunner().invoke(app, [*path, "--help"])
    assert result.exit_code == 0
    assert len(result.stdout.split("Usage:")[1].splitlines()[2].strip()) > 10, "a sentence below the usage"


def test_help_imports_nothing_heavy() -> None:
    heavy = "{'boto3', 'httpx', 'moto', 'pulumi', 'grpc', 'pulumi_aws'}"
    code = f"import sys, cli.main; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_an_unknown_command_is_a_usage_error() -> None:
    assert CliRunner().invoke(app, ["rendr"]).exit_code == 2


def test_the_demo_keeps_its_video_in_an_mp4_only() -> None:
    result = CliRunner().invoke(app, ["demo", "--output", "video.avi"])
    assert result.exit_code == 2
    assert ".mp4" in result.output
