"""README.md and docs/how-to/use-the-local-stack.md, typed as they stand; each starts and ends its stack."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import checkout_stack
from tests.contracts.command_blocks import ROOT, blocks_of

pytestmark = [pytest.mark.pulumi_cli, pytest.mark.long, pytest.mark.timeout(1800)]

HERE = "tests/contracts/test_local_pages.py"
LONGEST_S = 900
VIDEO = ROOT / "hello.mp4"


@pytest.fixture
def checkout() -> Iterator[None]:
    with checkout_stack.alone():
        try:
            yield
        finally:
            subprocess.run([".venv/bin/clipit", "local", "down"], cwd=ROOT, check=False, capture_output=True)
            VIDEO.unlink(missing_ok=True)


def typed(page: Path) -> str:
    """All that somebody types who follows the page on this machine; it stops at the first failure."""
    blocks = [block.script for block in blocks_of(page) if block.how == HERE]
    assert blocks
    done = subprocess.run(
        ["bash", "-eu", "-c", "".join(blocks)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=LONGEST_S,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.mark.usefixtures("checkout")
def test_the_readme_ends_with_a_video_and_a_stack_that_works() -> None:
    printed = typed(ROOT / "README.md")
    assert VIDEO.stat().st_size > 0
    assert "smoke: ok" in printed


@pytest.mark.usefixtures("checkout")
def test_the_page_about_the_local_stack_can_be_typed_from_deployment_to_destruction() -> None:
    printed = typed(ROOT / "docs/how-to/use-the-local-stack.md")
    # The CLI aligns the colons of a resource's properties.
    assert re.search(r"~ visibilityTimeoutSeconds *: 10 => 99", printed)
