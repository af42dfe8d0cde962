"""A Pulumi CLI of a few lines, for commands that ask it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from cli import pulumi
from local.toolchain.pulumi_cli import Cli

SCRIPT = """#!/bin/sh
echo "$*" >> "{folder}/calls"
case "$1 $2" in
  "stack output") cat "{folder}/outputs.json" ;;
  *) test -e "{folder}/$1.sh" && exec sh "{folder}/$1.sh" ; exit 0 ;;
esac
"""


@dataclass(frozen=True)
class FakePulumi:
    """What it answers, and what it was asked."""

    folder: Path

    def exports(self, outputs: Mapping[str, object]) -> None:
        """What the stack exports from now on."""
        (self.folder / "outputs.json").write_text(json.dumps(outputs))

    def does(self, command: str, script: str) -> None:
        """What a command does, in words of the shell."""
        (self.folder / f"{command}.sh").write_text(script)

    def calls(self) -> list[str]:
        """What it was asked."""
        path = self.folder / "calls"
        return path.read_text().splitlines() if path.exists() else []


def installed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> FakePulumi:
    """Put it in the place of this machine's."""
    executable = folder / "pulumi"
    executable.write_text(SCRIPT.format(folder=folder))
    executable.chmod(0o755)
    found = Cli(executable=executable, version="3.276.0", origin="path")
    monkeypatch.setattr(pulumi, "installed", lambda: found)
    return FakePulumi(folder)
