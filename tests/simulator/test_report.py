"""Tables, pages and pictures of a comparison."""

from html.parser import HTMLParser

import pytest

from simulator.compare import Comparison, compared
from simulator.conditions import Conditions
from simulator.generators import Poisson
from simulator.plots import busiest, png, save, timeline, tradeoff
from simulator.recording import record
from simulator.report import HEADINGS, as_html, as_json, rows
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
    table = rows(found)
    assert {len(row) for row in table} == {len(HEADINGS)}
    assert "clip-it 60 s" in {row[0] for row in table}


def test_the_json_has_scores_bound_and_goals(found) -> None:
    (case,) = as_json([found])
    assert {"case", "bound_hours", "policies", "ours", "goals"} <= set(case)


def test_the_page_needs_nothing_from_elsewhere(found) -> None:
    reader = Reader()
    page = as_html([found], [("a picture", png(tradeoff([found])))])
    reader.feed(page)
    assert reader.sources
    assert all(source.startswith("data:image/png;base64,") for source in reader.sources)
    assert "calm &lt;&amp;&gt;" in page


def test_a_recording_has_the_score_of_the_plain_run_and_becomes_a_picture(found, tmp_path) -> None:
    recording = record(TRACE, ours(TRACE), Conditions())
    assert recording.score == dict(found.ours)[60.0]
    first, last = busiest(recording, 1.0)
    save(timeline(recording, first_h=first, last_h=last), tmp_path / "new" / "timeline.png")
    assert (tmp_path / "new" / "timeline.png").read_bytes().startswith(PNG)
