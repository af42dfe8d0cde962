"""Small projects under the real Pulumi CLI, with the local provider, against an emulated AWS."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from local.toolchain import pulumi_cli, pulumi_home

REGION = "eu-central-1"
STACK = "dev"


@dataclass(frozen=True)
class Project:
    """A folder with a program and an empty stack, and its state beside it."""

    cli: Path
    folder: Path
    environment: dict[str, str]

    @property
    def state(self) -> Path:
        return self.folder.parent / "state"

    def program(self, text: str) -> None:
        (self.folder / "__main__.py").write_text(text)

    def configure(self, values: Mapping[str, object]) -> None:
        """What `pulumi config set` would write, without the time that the command takes."""
        path = self.folder / f"Pulumi.{STACK}.yaml"
        settings = yaml.safe_load(path.read_text())
        settings.setdefault("config", {}).update(values)
        path.write_text(yaml.safe_dump(settings))

    def typed(self, *words: str) -> tuple[int, str]:
        """A command of the CLI: its exit code, and everything that it printed."""
        done = subprocess.run(
            [self.cli, *words, "--non-interactive"],
            check=False,
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
        )
        return done.returncode, done.stdout + done.stderr


def project(folder: Path, endpoint: str) -> Project:
    """A project in a folder that is empty yet, for tests marked `pulumi_cli`."""
    tools = pulumi_cli.toolchain(lambda _line: None)
    cli = tools.on_path() or tools.cached()
    assert cli is not None
    made = Project(
        cli=cli.executable,
        folder=folder / "project",
        environment={
            **os.environ,
            **pulumi_home.prepared(cli, folder / "home", os.environ).environment,
            "PULUMI_BACKEND_URL": f"file://{folder / 'state'}",
            "PULUMI_CONFIG_PASSPHRASE": "",
            "PULUMI_DEBUG_COMMANDS": "true",  # without it the Pulumi CLI knows no --event-log
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_REGION": REGION,
        },
    )
    made.folder.mkdir(parents=True)
    made.state.mkdir()
    runtime = {"name": "python", "options": {"virtualenv": os.path.relpath(sys.prefix, made.folder)}}
    (made.folder / "Pulumi.yaml").write_text(json.dumps({"name": "demo", "runtime": runtime}))
    code, text = made.typed("stack", "init", STACK)
    assert code == 0, text
    return made
