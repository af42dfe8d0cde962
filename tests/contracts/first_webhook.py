"""The page about the first webhook: its commands, as a reader's shell runs them."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.contracts.command_blocks import ROOT, blocks_of

PAGE = ROOT / "docs" / "how-to" / "receive-your-first-webhook.md"


def blocks() -> list[str]:
    """The commands of the page, without those that the reader fills in."""
    return [one.script for one in blocks_of(PAGE) if not one.how.startswith("not run")]


def run(script: str, folder: Path, variables: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """As a reader's shell does, which ends at the first mistake."""
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=folder,
        env=dict(variables),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
