"""Runs one Pulumi program; its settings, secrets among them, come as JSON through standard input."""

import asyncio
import json
import logging
import os
import runpy
import signal
import sys
import traceback
from pathlib import Path
from types import FrameType

import pulumi
import pulumi.runtime

ERROR_WAS_SHOWN = 32  # the Pulumi CLI then adds no message of its own


def main() -> int:
    """Run the program under the Pulumi CLI; the exit code says whether an error was shown already."""
    signal.signal(signal.SIGINT, _leave)
    signal.signal(signal.SIGTERM, _leave)
    given = json.load(sys.stdin)
    pulumi.runtime.set_all_config(given["config"], given["secret_keys"])
    pulumi.runtime.configure(pulumi.runtime.Settings(**given["settings"]))
    program = Path(given["program"])
    sys.path.insert(0, str(program if program.is_dir() else program.parent))
    sys.argv = [str(program), *given["args"]]
    logging.getLogger("asyncio").setLevel(
        logging.CRITICAL
    )  # the SDK leaves tasks behind when a program fails
    return _run(program)


def _run(program: Path) -> int:
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        loop.run_until_complete(pulumi.runtime.run_in_stack(lambda: _execute(program)))
    except pulumi.RunError as error:
        pulumi.log.error(str(error))
        return ERROR_WAS_SHOWN
    except Exception as error:
        pulumi.log.error(_message(error, program))
        return ERROR_WAS_SHOWN
    finally:
        loop.close()
        sys.stdout.flush()
        sys.stderr.flush()
    return 0


def _execute(program: Path) -> None:
    runpy.run_path(str(program), run_name="__main__")


def _message(error: Exception, program: Path) -> str:
    """The traceback from the program's own first line on; the frames before are the SDK's and ours."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [index for index, frame in enumerate(frames) if _is_own(Path(frame.filename), program)]
    shown = frames[own[0] :] if own else frames
    lines = traceback.format_list(shown) + traceback.format_exception_only(error)
    return "Program failed with an unhandled exception:\n" + "".join(lines)


def _is_own(file: Path, program: Path) -> bool:
    """Whether the file is the user's: below the program's folder and not an installed package."""
    folder = program if program.is_dir() else program.parent
    installed = file.is_relative_to(sys.prefix) or file == Path(__file__)
    return file.is_relative_to(folder.resolve()) and not installed


def _leave(_signal: int, _frame: FrameType | None) -> None:
    os._exit(ERROR_WAS_SHOWN)  # the Pulumi CLI asked for it and says so itself


if __name__ == "__main__":
    sys.exit(main())
