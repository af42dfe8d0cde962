"""`python -m handlers.render_agent.bootstrap STEP --root FOLDER`: a step of the bootstrap document.

What goes wrong is said on standard error, which Systems Manager keeps, and noted in the table, where the
scaler finds it; the exit code is 1 then.
"""

import argparse
import os
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path

from handlers.render_agent.bootstrap import engine_archive, health
from handlers.render_agent.bootstrap.steps import BootError, Folders
from handlers.render_agent.engine.version import ask_version


def main() -> int:
    """Run one step."""
    options = _options()
    folders = Folders(root=options.root.resolve())
    try:
        _run(options, folders)
    except BootError as problem:
        return _fail(folders, f"{options.step}: {problem}")
    except Exception as problem:
        traceback.print_exc()
        return _fail(folders, f"{options.step}: {type(problem).__name__}: {problem}")
    return 0


def _fail(folders: Folders, words: str) -> int:
    sys.stderr.write(f"{words}\n")
    # Loading the AWS SDK takes a second of a core, which a healthy instance has for its renders.
    from handlers.render_agent.bootstrap import failures  # noqa: PLC0415

    failures.record(environment_of(folders), words)
    return 1


def _run(options: argparse.Namespace, folders: Folders) -> None:
    match options.step:
        case "engine":
            _engine(folders, options)
        case "health":
            health.wait(folders, environment_of(folders))
        case _:
            raise BootError(options.words)


def environment_of(folders: Folders) -> Mapping[str, str]:
    """The agent's environment: its file, which the document has written, over what this process has."""
    lines = folders.environment.read_text(encoding="utf-8").splitlines()
    return {**os.environ, **dict(line.split("=", 1) for line in lines if "=" in line)}


def _engine(folders: Folders, options: argparse.Namespace) -> None:
    """Install the engine's archive and ask the engine for its version."""
    folder = engine_archive.install(
        engine_archive.Archive(address=options.address, sha256=options.sha256), folders, options.python
    )
    os.environ["PATH"] = f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
    version = ask_version(options.command.split(), os.environ)
    if version.refusal:
        raise BootError(version.refusal)
    folders.engine.write_text(f"{folder}\n", encoding="utf-8")
    sys.stdout.write(f"engine: archive {options.sha256} is in place, and {options.command!r} runs\n")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="handlers.render_agent.bootstrap")
    steps = parser.add_subparsers(dest="step", required=True)
    engine = steps.add_parser("engine", help="install the engine and ask for its version")
    for name in ("--address", "--sha256", "--command", "--python"):
        engine.add_argument(name, required=True)
    steps.add_parser("health", help="wait until the agent serves")
    service = steps.add_parser("service", help="say and note that the service could not be started")
    service.add_argument("words")
    for step in steps.choices.values():
        step.add_argument("--root", type=Path, required=True, help="the document's InstallRoot")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
