"""The spans of a render as lanes over one axis of time, its waits colored by reason. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from cli.trace import lanes
from cli.trace.facts import ScalerDecision
from cli.trace.span import Span

WIDTH, ROW = 640.0, 20.0
_NARROWEST = 1.5


@dataclass(frozen=True, kw_only=True)
class Bar:
    """A piece of a lane; `tone` is work, error, or the wait's reason."""

    x: float
    width: float
    tone: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Lane:
    """One span, or those of one function."""

    y: float
    service: str
    name: str
    took: str
    bars: tuple[Bar, ...]


def lanes_of(spans: Sequence[Span], decisions: Sequence[ScalerDecision]) -> Iterator[Lane]:
    """The lanes, in the order in which they begin."""
    began = min(span.began for span in spans)
    whole = max(span.began + span.seconds for span in spans) - began

    def bar(start: float, end: float, tone: str, text: str) -> Bar:
        x, width = (start - began) / whole * WIDTH, (end - start) / whole * WIDTH
        return Bar(x=round(x, 1), width=round(max(_NARROWEST, width), 1), tone=tone, text=text)

    for index, lane in enumerate(lanes.lanes_of(spans)):
        yield Lane(
            y=index * ROW,
            service=lane[0].service,
            name=lane[0].name,
            took=lanes.took(lane, 2),
            bars=tuple(bar(*piece) for span in lane for piece in _pieces(span, decisions)),
        )


def _pieces(span: Span, decisions: Sequence[ScalerDecision]) -> Iterable[tuple[float, float, str, str]]:
    """Beginning, end, tone and text of each piece of a span."""
    if span.key.startswith("wait"):
        return _reasons(span, decisions)
    return [(span.began, span.began + span.seconds, "error" if span.error else "work", span.error or "")]


def _reasons(span: Span, decisions: Sequence[ScalerDecision]) -> list[tuple[float, float, str, str]]:
    """The wait, cut where the scaler gave another reason; what lies before the first is `undecided`."""
    end = span.began + span.seconds
    inside = [one for one in decisions if span.began <= one.at <= end]
    cuts: list[tuple[float, str, str]] = [(span.began, "undecided", "no decision yet")]
    for one in inside:
        if one.code != cuts[-1][1]:
            cuts.append((one.at, one.code, one.reason))
    ends = [*(at for at, _, _ in cuts[1:]), end]
    return [(at, until, code, why) for (at, code, why), until in zip(cuts, ends, strict=True)]
