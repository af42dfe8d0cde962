"""Tables, pages and pictures of a comparison."""

from dataclasses import replace
from html.parser import HTMLParser
from itertools import combinations

import matplotlib.pyplot as plt
import pytest
from matplotlib.figure import Figure

from simulator.compare import Comparison, compared
from simulator.conditions import Conditions
from simulator.generators import Poisson
from simulator.recording import record
from simulator.results.plots import busiest, png, timeline, tradeoff
from simulator.results.report import HEADINGS, as_html, as_json, rows
from simulator.scenarios import Case
from simulator.standard import ours

TRACE = Poisson(per_hour=120, hours=2).trace()
PNG = b"\x89PNG\r\n"


@pytest.fixture(scope="module")
def found() -> Comparison:
    return compared(Case(name="calm <&>", trace=TRACE, conditions=Conditions()), (60.0,))


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.sources: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.sources += [value or "" for name, value in attrs if name in {"src", "href"}]


def test_every_policy_has_a_row_as_wide_as_the_headings(found) -> None:
    table = rows([found])
    assert {len(row) for row in table} == {len(HEADINGS)}
    assert "clip-it 60 s" in {row[0] for row in table}


def test_the_json_has_scores_bound_and_goals(found) -> None:
    (case,) = as_json([[found]])
    assert {"case", "bound_hours", "policies", "ours", "goals"} <= set(case)


def test_the_page_needs_nothing_from_elsewhere(found) -> None:
    reader = Reader()
    page = as_html([[found]], [("a picture", png(tradeoff([found])))])
    reader.feed(page)
    assert reader.sources
    assert all(source.startswith("data:image/png;base64,") for source in reader.sources)
    assert "calm &lt;&amp;&gt;" in page


def test_a_recording_has_the_score_of_the_plain_run_and_becomes_a_picture(found) -> None:
    recording = record(TRACE, ours(TRACE), Conditions())
    assert recording.score == dict(found.ours)[60.0]
    first, last = busiest(recording, 1.0)
    assert png(timeline(recording, first_h=first, last_h=last)).startswith(PNG)


def outside(figure: Figure) -> list[str]:
    """The texts of a picture that go beyond its edge."""
    figure.draw_without_rendering()
    page = figure.bbox.padded(1.0)
    drawn = [axes for axes in figure.axes if axes.get_visible()]
    texts = [*figure.texts, *(text for axes in drawn for text in (axes.title, axes.xaxis.label, *axes.texts))]
    boxes = {text.get_text(): text.get_window_extent() for text in texts}
    return [text for text, box in boxes.items() if not page.containsx(box.x0) or not page.containsx(box.x1)]


def test_no_label_of_a_comparison_hides_another(found: Comparison) -> None:
    (objective, score), *_ = found.ours
    alike = replace(found, ours=((objective / 2, score), (objective, score)))
    figure = tradeoff([alike])
    figure.draw_without_rendering()
    boxes = [text.get_window_extent() for text in figure.axes[0].texts]
    try:
        assert len(boxes) == 2
        assert not [1 for one, other in combinations(boxes, 2) if one.overlaps(other)]
    finally:
        plt.close(figure)


@pytest.mark.short_form(1)
@pytest.mark.parametrize("cases", [1, 2, 3, 4])
def test_no_text_of_a_comparison_is_cut_off(found: Comparison, cases: int) -> None:
    figure = tradeoff([found] * cases)
    try:
        assert outside(figure) == []
    finally:
        plt.close(figure)


def test_a_long_name_of_a_trace_is_not_cut_off(found: Comparison) -> None:
    named = replace(TRACE, name="/var/lib/traces/" + "recorded on a very long day " * 6 + ".csv")
    figures = [
        tradeoff([replace(found, case=replace(found.case, name=named.name, trace=named))]),
        timeline(record(named, ours(named), Conditions())),
    ]
    for figure in figures:
        assert outside(figure) == []
        plt.close(figure)
