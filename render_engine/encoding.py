"""Runs a plan: starts the encoder in the folder with its pictures of words, and follows its progress."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from render_engine.children import running
from render_engine.errors import EncoderFailed
from render_engine.plan import GRAPH_NAME, Plan

PERCENT_WHEN_ENCODED = 98


def encode(
    plan: Plan, *, ffmpeg: str, folder: Path, partials: Sequence[Path], report: Callable[[int], None]
) -> None:
    """Runs the plan, which writes `partials`; `report` hears the percentage as it grows.

    Raises:
        EncoderFailed: also when frames are missing from the video, or the end of an asset that it needs.
    """
    frames, reported = 0, -1
    (folder / GRAPH_NAME).write_text(plan.graph, encoding="utf-8")
    with running([ffmpeg, *plan.arguments], folder=folder) as (child, complaints):
        for frames in _frames(child.stdout or []):
            percent = min(PERCENT_WHEN_ENCODED, frames * PERCENT_WHEN_ENCODED // plan.frames)
            if percent > reported:
                reported = percent
                report(percent)
        code = child.wait()
        printed = complaints.last_words()
    if (
        code == 0
        and all(one.is_file() for one in partials)
        and frames == plan.frames
        and not complaints.cut_short
    ):
        return
    ended = f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"
    last = printed.splitlines()[-1][:200] if printed else "it said nothing"
    if code == 0 and not complaints.cut_short:
        last = f"it wrote {frames} of {plan.frames} frames"
    detail = f"The encoder {ended}: {last}".replace(str(partials[0].parent), ".")
    raise EncoderFailed("encoder_failed", detail, killed=code < 0)


def _frames(lines: Iterable[str]) -> Iterator[int]:
    """How many frames are written, from the encoder's own progress lines."""
    for line in lines:
        key, _, value = line.strip().partition("=")
        if key == "frame" and value.strip().isdigit():
            yield int(value)
