"""Which Python runs a program or a policy pack, and what is installed for it."""

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PLUGIN_FILE: Final = "pulumi-plugin.json"


class NoInterpreterError(Exception):
    """The environment that the project names is not there."""


@dataclass(frozen=True, kw_only=True)
class Package:
    """A Pulumi package with a provider, as its Python SDK declares it."""

    name: str
    version: str
    server: str


@dataclass(frozen=True, kw_only=True)
class Interpreter:
    """A Python of a virtual environment."""

    executable: Path

    def site_packages(self) -> Iterator[Path]:
        """The folders in which its packages are installed."""
        yield from sorted(self.executable.parent.parent.glob("lib/python*/site-packages"))

    def packages(self) -> list[Package]:
        """The providers that the installed SDKs ask for."""
        return [found for file in self._files(f"*/{PLUGIN_FILE}") for found in _package(file)]

    def distributions(self) -> dict[str, str]:
        """Every installed distribution with its version."""
        named = (file.name.removesuffix(".dist-info").rpartition("-") for file in self._files("*.dist-info"))
        return {name.replace("_", "-"): version for name, _, version in named}

    def _files(self, pattern: str) -> Iterator[Path]:
        for folder in self.site_packages():
            yield from sorted(folder.glob(pattern))


def interpreter_for(root: Path, options: Mapping[str, object]) -> Interpreter:
    """The Python of the option `virtualenv` (relative to the project), else the one that runs this host."""
    chosen = options.get("virtualenv")
    if not isinstance(chosen, str) or not chosen:
        return Interpreter(executable=Path(sys.executable))
    executable = root / chosen / "bin" / "python"
    if not executable.exists():
        raise NoInterpreterError(
            f"the option virtualenv is {chosen!r}, but there is no {chosen}/bin/python in {root}; "
            "make the environment (in this project: `make setup`) or correct the option"
        )
    return Interpreter(executable=executable)


def _package(file: Path) -> Iterator[Package]:
    declared = json.loads(file.read_text())
    if declared.get("resource"):
        name = declared.get("name") or file.parent.name.removeprefix("pulumi_")
        yield Package(name=name, version=declared.get("version", ""), server=declared.get("server", ""))
