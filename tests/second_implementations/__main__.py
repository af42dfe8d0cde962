"""Run the tests of table and queue against implementations that others wrote; further words go to pytest."""

import os
import subprocess
import sys

from tests.second_implementations.servers import missing, running

TESTS = ("tests/handlers/jobs", "tests/handlers/life/test_memory_table.py")


def main(words: list[str]) -> int:
    """The exit code of pytest; 0 where there is no Java, which is said."""
    if absent := missing():
        sys.stdout.write(f"second implementations: skipped, not on PATH: {', '.join(absent)}\n")
        return 0
    with running() as addresses:
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-n",
            "0",
            "-p",
            "tests.second_implementations.plugin",
        ]
        return subprocess.run(
            [*command, *(words or TESTS)], env=os.environ | addresses, check=False
        ).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
