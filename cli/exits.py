"""Exit codes of commands, on which scripts may rely, and the error that carries one."""

from enum import IntEnum


class Exit(IntEnum):
    """Zero is success; the codes from 64 on are a shell's and are not used."""

    OK = 0
    FAILED = 1
    USAGE = 2
    NO_ENGINE = 3
    REFUSED = 4
    TOO_LATE = 5
    UNREACHABLE = 6
    DRIFTED = 7
    INTERRUPTED = 130


MEANINGS = (
    "Exit codes: 0 ok, 1 failed, 2 usage, 3 no Pulumi CLI, 4 refused (policy or API), 5 timed out, "
    "6 API not reachable, 7 drifted, 130 interrupted."
)

MESSAGE_PREFIX = "clipit: "
"""Precedes each error message on standard error."""


class CommandError(Exception):
    """Ends a command: `cli.main` writes the text to standard error and exits with the code.

    A kind of error that always ends with the same code is a subclass with its own `code`.
    """

    code: Exit = Exit.FAILED

    def __init__(self, message: str, code: Exit | None = None) -> None:
        super().__init__(message)
        self.code = self.code if code is None else code
