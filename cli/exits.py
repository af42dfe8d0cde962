"""What the exit codes of `clipit` mean; scripts may rely on them."""

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
    INTERRUPTED = 130


MEANINGS = (
    "Exit codes: 0 ok, 1 failed, 2 usage, 3 no Pulumi CLI, 4 refused (policy or API), 5 not in time, "
    "6 API not reachable, 130 interrupted."
)
