"""Processes are killed by what their command line has in it, if they are a run's or a child of one's."""

import subprocess
import sys
import uuid
from pathlib import Path

from local.processes import children

NAP = "import time; time.sleep(30)"
START = (
    "import os, subprocess, sys; "
    f"subprocess.run([sys.executable, '-c', '{NAP}', os.environ['NAME']], env={{}})"
)


def test_a_child_that_was_started_with_an_empty_environment_is_killed(tmp_path: Path) -> None:
    run, name = uuid.uuid4().hex, uuid.uuid4().hex
    parent = children.spawn([sys.executable, "-c", START], run=run, env={"NAME": name}, cwd=tmp_path)
    stranger = subprocess.Popen([sys.executable, "-c", NAP, name])
    try:
        while not children.kill_named(run, name.encode()):
            assert parent.poll() is None
        parent.wait(10)
        assert stranger.poll() is None
    finally:
        children.end(parent, deadline_s=1)
        stranger.kill()
        stranger.wait()
