"""A home folder for the Pulumi CLI in which the local provider stands where the official plugin would be."""

import importlib.metadata
import os
import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from local.toolchain.environment import cache_folder
from local.toolchain.pulumi_cli import Cli

ROOT: Final = Path(__file__).resolve().parents[2]
PROJECT_HOME: Final = ROOT / ".clipit" / "pulumi"
LANGUAGE_PLUGIN: Final = "language-python-v3.259.0"


@dataclass(frozen=True, kw_only=True)
class Home:
    """What a child process needs to run Pulumi commands offline, beside backend, passphrase and endpoint."""

    environment: Mapping[str, str]


def prepared(cli: Cli, home: Path, environment: Mapping[str, str]) -> Home:
    """Make the home (it may be there already) and say which environment variables select it.

    Plugins are found there without a warning, and only by who asks for this home: the user's own one, with
    the official plugins for `dev` and `prod`, is not touched.
    """
    aws = importlib.metadata.version("pulumi-aws")
    _launcher(home / "plugins" / f"resource-aws-v{aws}" / "pulumi-resource-aws", "local.provider")
    if not cli.has_language_host(environment.get("PATH", "")):
        _launcher(home / "plugins" / LANGUAGE_PLUGIN / "pulumi-language-python", "local.language_host")
    path = environment.get("PATH", "")
    beside = str(cli.executable.parent)
    chosen = {
        "PATH": path if beside in path.split(os.pathsep) else f"{beside}{os.pathsep}{path}",
        "PULUMI_HOME": str(home),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_DISABLE_REGISTRY_RESOLVE": "true",
        "PULUMI_PYTHON_CMD": sys.executable,  # by which the official language host runs the policy pack
    }
    return Home(environment={**chosen, **_kept_bytecode(environment)})


def exports(home: Home) -> str:
    """The variables as lines for a POSIX shell."""
    return "".join(f"export {name}={shlex.quote(value)}\n" for name, value in home.environment.items())


def _kept_bytecode(environment: Mapping[str, str]) -> dict[str, str]:
    """Where Python may not write bytecode beside the sources, keep it in the cache.

    The aws SDK is so large that compiling it anew takes ten seconds of every command.
    """
    if not environment.get("PYTHONDONTWRITEBYTECODE"):
        return {}
    path = environment.get("PYTHONPYCACHEPREFIX") or str(cache_folder() / "bytecode")
    return {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": path}


def _launcher(path: Path, module: str) -> None:
    """Write an executable that runs the module under this interpreter; whole or not at all."""
    text = f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -P -m {module} "$@"\n'
    if path.exists() and path.read_text() == text:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    unfinished.write_text(text)
    unfinished.chmod(0o755)
    unfinished.replace(path)
