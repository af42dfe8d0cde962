"""The entry point of `clipit`: process-wide behavior of all commands.

Ctrl-C is quiet also before the commands are imported and after they have ended. Characters that the encoding
of the terminal lacks are escaped, so that no command fails because of its output.
"""

import errno
import io
import os
import signal
import sys
from collections.abc import Callable
from importlib import import_module
from types import FrameType

_INTERRUPTED = 130
"""As in `cli.exits`, which is not imported yet."""
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def main() -> None:
    """Import the table of commands and run the given one."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    before = signal.getsignal(signal.SIGINT)
    if before is signal.default_int_handler:  # a shell makes its background jobs ignore SIGINT
        signal.signal(signal.SIGINT, _leave)
    commands = import_module("cli.main")  # only now, when Ctrl-C is handled
    signal.signal(signal.SIGINT, before)
    try:
        _run(commands.app)
    finally:
        # All is done and printed; an interrupt during Python's shutdown would print a traceback.
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def _run(app: Callable[[], None]) -> None:
    """Run a command to its last letter: what it printed may still wait for room where it goes."""
    try:
        try:
            app()
        finally:
            if sys.stdout is not None:
                sys.stdout.flush()
    except OSError as problem:
        if problem.errno not in _NO_ROOM or problem.filename is not None:
            raise
        sys.stderr.write(f"clipit: the output cannot be written: {problem.strerror}\n")
        os._exit(1)  # else Python tries to write it once more


def _leave(_number: int, _frame: FrameType | None) -> None:
    """Nothing has been started, so nothing needs to end."""
    os._exit(_INTERRUPTED)


if __name__ == "__main__":
    main()
