"""Spans as the lanes of a waterfall. Pure."""

from collections.abc import Sequence

from cli.trace.span import Span


def lanes_of(spans: Sequence[Span]) -> list[tuple[Span, ...]]:
    """The spans of each lane, by when the lanes begin; a scaler decides every minute, and has one lane."""
    lanes: dict[str, list[Span]] = {}
    for span in sorted(spans, key=lambda one: one.began):
        lanes.setdefault(span.name if span.key.startswith("decision-") else span.key, []).append(span)
    return [tuple(lane) for lane in lanes.values()]


def took(lane: Sequence[Span], digits: int) -> str:
    """How long the only span of a lane lasted, or how many there are."""
    return f"{lane[0].seconds:.{digits}f} s" if len(lane) == 1 else f"{len(lane)} times"
