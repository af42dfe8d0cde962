"""Mermaid blocks drawn at build time, so that a reader's browser runs no script for them."""

import re
import subprocess
import sys
from dataclasses import dataclass
from typing import Final

DRAW_SECONDS: Final = 120
BLOCK: Final = re.compile(r"^```mermaid\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)


class DiagramError(Exception):
    """A Mermaid block that cannot be drawn; the text says which and why."""


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """A page whose Mermaid blocks are pictures now, and the SVG of each by file name."""

    markdown: str
    pictures: dict[str, str]


def drawn(markdown: str, name: str) -> Drawn:
    """Draw each Mermaid block of a page as `<name>-diagram-<n>.svg` beside it.

    Mermaid's own layout runs in an embedded JavaScript engine (mermaidx), so the picture is the one that a
    Git host draws from the same block.

    Raises:
        DiagramError: Mermaid refuses a block.
    """
    pictures: dict[str, str] = {}

    def picture(found: re.Match[str]) -> str:
        file = f"{name}-diagram-{len(pictures) + 1}.svg"
        pictures[file] = _svg(found["text"], f"{name}: diagram {len(pictures) + 1}")
        return f"![diagram]({file}){{ .diagram }}"

    return Drawn(markdown=BLOCK.sub(picture, markdown), pictures=pictures)


def _svg(block: str, what: str) -> str:
    # A process of its own: the engine reports its unfreed objects when its process ends.
    command = [sys.executable, "-m", "mermaidx", "--quiet", "--input", "-"]
    done = subprocess.run(
        command, input=block, capture_output=True, text=True, check=False, timeout=DRAW_SECONDS
    )
    if done.returncode or not done.stdout.startswith("<svg"):
        reason = done.stderr.rpartition("RuntimeError: ")[2].partition("nanobind")[0]
        raise DiagramError(f"{what}: {reason.strip()}")
    return done.stdout
