"""Starts a program with less than its parent may: `python -I -S confined.py USER PROGRAM ARGUMENT...`.

The last step before the engine, in its own process: another user, no privileges to gain, no core files, a
bounded number of processes, the first to go when memory is short. A file of the standard library alone, so
that nothing of the agent is loaded here. USER is `-` for whoever runs it.
"""

import contextlib
import ctypes
import os
import pwd
import resource
import sys
from pathlib import Path

SAME_USER = "-"
CANNOT_CONFINE = 126
"""The exit code of a shell for what may not be run."""
MOST_PROCESSES = 4096
"""Processes and threads of the engine's user; the agent has another, and can always start its own."""
_SET_NO_NEW_PRIVILEGES = 38
_AMBIENT_CAPABILITIES, _CLEAR_ALL = 47, 4


def main() -> int:
    """Become the program; comes back only when that is not possible."""
    user, *command = sys.argv[1:]
    try:
        _lower_limits()
        if user != SAME_USER:
            _become(user)
        _gain_nothing()
        os.execvp(command[0], command)  # noqa: S606 - that is what it is for
    except (OSError, KeyError) as error:
        sys.stderr.write(f"{command[0]} cannot be started as {user}: {error}\n")
        return CANNOT_CONFINE


def _lower_limits() -> None:
    os.umask(0o007)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")


def _become(user: str) -> None:
    """Another user, with no group but its own.

    The limit of processes counts all of a user, so it is for one that runs nothing but engines.
    """
    found = pwd.getpwnam(user)
    resource.setrlimit(resource.RLIMIT_NPROC, (MOST_PROCESSES, MOST_PROCESSES))
    os.setgroups([])
    os.setresgid(found.pw_gid, found.pw_gid, found.pw_gid)
    os.setresuid(found.pw_uid, found.pw_uid, found.pw_uid)
    # From one ordinary user to another the kernel takes no capability away (capabilities(7)).
    _prctl(_AMBIENT_CAPABILITIES, _CLEAR_ALL)


def _gain_nothing() -> None:
    """From now on no program gives this process more rights than it has, set-user-ID or not."""
    _prctl(_SET_NO_NEW_PRIVILEGES, 1)


def _prctl(option: int, value: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), f"prctl {option} was refused")


if __name__ == "__main__":
    sys.exit(main())
