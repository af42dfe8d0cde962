"""The commands of docs/operations, run against a local stack of this checkout from its start to its end."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from local.stack import session
from tests.contracts.operations_pages import ROOT, Block, blocks_of, in_order

pytestmark = [pytest.mark.pulumi_cli, pytest.mark.long, pytest.mark.timeout(900)]

CLIPIT = (sys.executable, "-m", "cli.start")
BLOCK_S = 300
RUN = [block for page in in_order() for block in blocks_of(page) if block.code is not None]


@pytest.fixture(scope="module")
def environment() -> Iterator[Mapping[str, str]]:
    """The shell of an operator of a deployed local stack that has rendered once."""
    if session.find() is not None:
        pytest.skip("a local stack of this checkout is up; `clipit local down` ends it")
    subprocess.run([*CLIPIT, "local", "up", "--detach"], cwd=ROOT, check=True, capture_output=True)
    try:
        exports = subprocess.run(
            ["bash", "-c", f'eval "$({" ".join(CLIPIT)} local env)" && env -0'],
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        variables = dict(line.split("=", 1) for line in exports.split("\0") if "=" in line)
        shell = {
            **variables,
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), variables["PATH"]]),
            "STACK": "local",
            "TIME": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        }
        subprocess.run([*CLIPIT, "smoke", "--stack", "local"], cwd=ROOT, env=shell, check=True)
        yield shell
    finally:
        subprocess.run([*CLIPIT, "local", "down"], cwd=ROOT, check=False, capture_output=True)


@pytest.mark.parametrize("block", RUN, ids=str)
def test_a_block_of_the_pages_ends_as_its_mark_says(block: Block, environment: Mapping[str, str]) -> None:
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block.script],
        cwd=ROOT,
        env=dict(environment),
        capture_output=True,
        text=True,
        timeout=BLOCK_S,
        check=False,
    )
    assert done.returncode == block.code, f"{block}:\n{block.script}\n{done.stdout}\n{done.stderr}"
