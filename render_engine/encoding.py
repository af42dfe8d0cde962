"""Runs a plan: lays out the files, starts the encoder, follows its progress, publishes the video."""

import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from render_engine.children import running, tail
from render_engine.errors import TryAgainLater
from render_engine.plan import FONT_NAME, Plan

PERCENT_WHEN_ENCODED = 98


def encode(
    plan: Plan, *, ffmpeg: str, font: Path | None, partial: Path, report: Callable[[int], None]
) -> None:
    """Runs the plan, which writes `partial`; `report` hears the percentage as it grows.

    Raises:
        TryAgainLater: with code `encoder_failed`.
    """
    with TemporaryDirectory(prefix="clipit-engine-") as name:
        folder = Path(name)
        if font:
            shutil.copyfile(font, folder / FONT_NAME)
        for file, text in plan.texts.items():
            (folder / file).write_text(text, encoding="utf-8", newline="\n")
        complaints = folder / "complaints"
        with running([ffmpeg, *plan.arguments], folder=folder, complaints=complaints) as child:
            for percent in percentages(child.stdout or [], plan.frames):
                report(percent)
            code = child.wait()
        said = tail(complaints)
        if said:
            sys.stderr.write(said + "\n")
    if code != 0 or not partial.is_file():
        ended = f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"
        last = said.splitlines()[-1][:200] if said else "it said nothing"
        raise TryAgainLater(
            "encoder_failed", f"The encoder {ended}: {last}".replace(str(partial.parent), ".")
        )


def percentages(lines: Iterable[str], frames: int) -> Iterator[int]:
    """Growing percentages from the encoder's own progress lines."""
    before = -1
    for line in lines:
        key, _, value = line.strip().partition("=")
        if key != "frame" or not value.strip().isdigit():
            continue
        percent = min(PERCENT_WHEN_ENCODED, int(value) * PERCENT_WHEN_ENCODED // max(1, frames))
        if percent > before:
            before = percent
            yield percent
