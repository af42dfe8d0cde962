"""The reaper: when a runner dies, even by SIGKILL, it ends what the runner started and removes its folder.

The runner starts one reaper and keeps a pipe to its standard input. The end of that pipe is the
only reliable news of a death; the reaper hears it, ends every process of the run and goes.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import IO

from local.processes import children

_DEADLINE_S = 3.0


class Reaper:
    """The runner's end of the pipe."""

    def __init__(self, run: str, folder: Path) -> None:
        # Without the run's mark: whoever ends the run must not end its reaper.
        unmarked = {name: value for name, value in os.environ.items() if name != children.RUN_MARK}
        self._process = subprocess.Popen(
            children.python("local.processes.reaper", run, str(folder)),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            env=unmarked,
            start_new_session=True,
        )

    def watch_group(self, leader: int) -> None:
        """Tell of one more process group to end (needed where processes cannot be found by their mark)."""
        pipe = self._pipe()
        pipe.write(f"{leader}\n".encode())
        pipe.flush()

    def dismiss(self) -> None:
        """Everything has been ended and removed already: let the reaper find that and leave."""
        self._pipe().close()
        self._process.wait()

    def _pipe(self) -> IO[bytes]:
        if self._process.stdin is None:
            raise RuntimeError("The reaper was started without a pipe.")
        return self._process.stdin


def main() -> None:
    """Wait for the end of the pipe, then clean up."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run")
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    groups = [int(line) for line in sys.stdin if line.strip()]
    children.end_run(arguments.run, groups, deadline_s=_DEADLINE_S)
    shutil.rmtree(arguments.folder, ignore_errors=True)


if __name__ == "__main__":
    main()
