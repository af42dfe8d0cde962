"""Generators and linters in the versions that were tried; run as a module, this gets those of Node.

What Go and uv need they get themselves when they are asked to run it.
"""

import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[4]
FOLDER = ROOT / "build" / "client-tools"
READY = FOLDER / "ready"
NODE_PACKAGES = (
    "@redocly/cli@2.77.0",
    "@stoplight/spectral-cli@6.16.3",
    "@types/node@20.19.43",
    "openapi-fetch@0.17.0",
    "openapi-typescript@7.13.0",
    "typescript@5.9.3",
)
GO_GENERATOR = "github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@v2.8.2"
GO_RUNTIME = "github.com/oapi-codegen/runtime@v1.9.0"
PYTHON_GENERATOR = "openapi-python-client==0.29.1"


def run(command: Sequence[str | Path], *, at: Path, env: Mapping[str, str] | None = None) -> str:
    """What a command prints; when it fails the test does, with all that it said."""
    done = subprocess.run(
        [str(word) for word in command], cwd=at, env=env, capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.fail(f"{command[0]} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}")
    return done.stdout


def needed(command: str) -> str:
    """The path of a command; without it the test is skipped."""
    found = shutil.which(command)
    return found or pytest.skip(f"{command} is not on PATH")


def node_command(name: str) -> Path:
    """A command of the Node packages; without it the test is skipped."""
    found = FOLDER / "node_modules" / ".bin" / name
    return found if found.exists() else pytest.skip(f"{name} is not installed; npm was not on PATH")


def install() -> None:
    """Get the Node packages, unless they are there; without npm their tests are skipped."""
    wanted = "\n".join(NODE_PACKAGES)
    if READY.exists() and READY.read_text("utf-8") == wanted:
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    npm = shutil.which("npm")
    if npm:
        (FOLDER / "package.json").write_text('{"private": true, "type": "module"}\n', "utf-8")
        options = ("--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error")
        subprocess.run([npm, "install", *options, *NODE_PACKAGES], cwd=FOLDER, check=True)
    READY.write_text(wanted if npm else "", "utf-8")


if __name__ == "__main__":
    sys.exit(install())
