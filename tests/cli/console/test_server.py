"""The pages, over a stack whose answers are written by hand."""

import html
import re
import time
from collections.abc import Mapping
from dataclasses import replace

import pytest

from cli.console.reading.facts import CALLS_A_FLEET
from cli.console.reading.source import CALLS_OF_SIGNALS, KEEP_METRICS_S, KEEP_S
from handlers.jobs.model import Failure, Priority
from handlers.jobs.reasons import FailureCode
from handlers.jobs.states import JobState
from handlers.jobs.tracing import trace_id_of
from tests.cli.console.conftest import Console
from tests.cli.console.stack import EVIL, NOW, decision, waiting
from tests.cli.trace.story import JOB, LINES, PLACE, RENDER, T, agent

PAGES = ("/", "/fleets/cpu", "/alarms", "/webhooks", "/find", "/runbooks/README", f"/renders/{RENDER}")


def test_the_overview_says_who_waits_why_and_whether_a_worker_will_come(shown: Console) -> None:
    shown.stack.answers = {"queued": tuple(waiting(n, 400 - 100 * n) for n in range(4))}
    text = shown.text("/")
    assert "4 renders wait, 3 too long" in text
    assert '<b class="bad">7 min</b><span>oldest wait, objective 120 s</span>' in text
    assert "AWS currently has no capacity for the configured instance types." in text
    assert "<code>no_capacity</code>" in text
    assert "decided 20 s ago" in text
    assert "i-8, 60 s ago: Engine: no such file" in text


def test_without_bulk_renders_the_overview_does_not_count_them(shown: Console) -> None:
    shown.stack.answers = {"queued": (waiting(1, 300),)}
    assert "<b>1</b><span>queued</span>" in shown.text("/")


def test_the_overview_says_how_many_of_those_who_wait_are_bulk_renders(shown: Console) -> None:
    shown.stack.answers = {"queued": (waiting(1, 300), waiting(2, 200, priority=Priority.BULK))}
    assert "<b>2</b><span>queued, 1 bulk</span>" in shown.text("/")


def test_without_a_queue_no_code_is_shown_for_a_decision_is_about_nobody(shown: Console) -> None:
    text = shown.text("/")
    assert "nobody waits" in text
    assert "no_capacity" not in text


def test_the_overview_says_what_rings_who_was_not_told_and_which_budget_is_low(shown: Console) -> None:
    text = shown.text("/")
    assert "<span>Ringing alarms</span><b>1 page, 1 ticket</b>" in text
    assert "<span>Failing webhooks</span><b>2 hosts fail, 1 given up</b>" in text
    assert "<span>Smallest error budget</span><b>20% left of cpu-start</b>" in text


def test_a_scaler_that_does_not_decide_is_said_to_be_silent_with_its_runbook(shown: Console) -> None:
    assert "FunctionSilent" not in shown.text("/")
    shown.stack.answers = {"scaler": decision(ago=200), "queued": (waiting(1, 300),)}
    shown.stack.now += KEEP_S
    text = shown.text("/")
    assert 'href="/runbooks/FunctionSilent?fleet=cpu&amp;function=cpu-scaler"' in text
    assert "<code>scaler_silent</code>" in text
    assert "no_capacity" not in text, "what it decided last may hold no longer"


def test_a_fleet_shows_its_decisions_and_marks_them_in_the_chart(shown: Console) -> None:
    text = shown.text("/fleets/cpu")
    assert "1 → 2</td>" in text
    assert "2 wanted for 3 queued" in text
    assert text.count('<line class="change"') == 1
    assert 'class="limit"' in text


def test_a_fleet_that_the_stack_does_not_have_is_refused(shown: Console) -> None:
    answer = shown.browser.get("/fleets/gpu")
    assert answer.status_code == 404
    assert "there is no fleet &#39;gpu&#39;; there are cpu" in answer.text


def test_alarms_link_their_runbooks_with_the_names_filled_in(shown: Console) -> None:
    text = shown.text("/alarms")
    assert 'href="/runbooks/FunctionErrors?fleet=cpu&amp;function=cpu-scaler"' in text
    assert 'href="/runbooks/RenderObjectives?fleet=cpu"' in text
    page, ticket = text.index("page-renders-cpu"), text.index("cpu-scaler-FunctionErrors")
    assert page < ticket
    assert "cpu-start-1h" not in text, "an alarm of one window tells nobody"


def test_budgets_say_what_is_left_and_how_fast_it_burns(shown: Console) -> None:
    text = shown.text("/alarms")
    assert "cpu: 95% of renders start within 120 s" in text
    assert "20%" in text
    assert "6.2 times" in text


def test_a_runbook_has_the_names_of_its_alarm_in_its_commands(shown: Console) -> None:
    text = shown.text("/runbooks/FunctionErrors?fleet=cpu&function=cpu-scaler")
    assert "/aws/lambda/clip-it-dev-cpu-scaler" in text
    assert "$FUNCTION" not in text
    assert 'href="/runbooks/README?fleet=cpu&amp;function=cpu-scaler#the-shell"' in text
    index = html.unescape(shown.text("/runbooks/README?fleet=cpu&function=cpu-scaler"))
    assert "export STACK=dev FLEET=cpu FUNCTION=cpu-scaler" in index
    assert 'id="the-shell"' in index


def test_webhooks_are_listed_by_the_host_that_did_not_take_them(shown: Console) -> None:
    text = shown.text("/webhooks")
    assert re.search(
        r"hooks\.example\.com</b></td><td class=\"number\">2</td><td class=\"number bad\">1<", text
    )
    assert "slow.example.com" in text
    assert f'href="/renders/{RENDER}"' in text


def test_all_tabs_together_cost_the_stated_calls(shown: Console) -> None:
    for _ in range(5):
        shown.text("/")
    once = CALLS_A_FLEET + CALLS_OF_SIGNALS + 1
    assert len(shown.stack.made) == once
    shown.stack.now += KEEP_S
    shown.text("/")
    assert len(shown.stack.made) == once + CALLS_A_FLEET + 1, "the fleet, and what rings"
    shown.stack.now += KEEP_METRICS_S
    shown.text("/")
    assert len(shown.stack.made) == 2 * once + CALLS_A_FLEET + 1


@pytest.mark.parametrize("wanted", [RENDER, trace_id_of(RENDER), f" {RENDER.upper()} ", "q"])
def test_a_render_is_found_by_its_id_its_trace_or_its_request(shown: Console, wanted: str) -> None:
    found = shown.browser.get("/search", params={"q": wanted})
    assert found.headers["location"] == f"/renders/{RENDER}"


def test_what_is_no_trace_is_looked_for_as_a_request(shown: Console) -> None:
    answer = shown.browser.get("/search", params={"q": "f" * 32})
    assert answer.status_code == 404
    assert "no request of the last day" in answer.text
    assert "logs:StartQuery" in shown.stack.made


@pytest.mark.parametrize("wanted", ["", "<script>", 'q" or 1=1 | limit 9', "x" * 65, "../fleets/cpu"])
def test_a_search_for_anything_else_asks_nobody_and_escapes_it(shown: Console, wanted: str) -> None:
    answer = shown.browser.get("/search", params={"q": wanted})
    assert answer.status_code == 404
    assert "is nothing that can be found" in answer.text
    assert "<script>" not in answer.text
    assert shown.stack.made == []


def test_a_render_shows_its_spans_its_wait_by_reason_its_lines_and_its_video(shown: Console) -> None:
    text = shown.text(f"/renders/{RENDER}")
    assert "instance_booting" in text
    assert 'class="bar instance_booting"' in text
    assert "last line 100 s ago" in text
    video = f"s3://{PLACE.store.outputs}/outputs/acme/{RENDER}/2/video.mp4"
    assert video in text
    assert f"console.aws.amazon.com/s3/object/{PLACE.store.outputs}" in text


@pytest.mark.parametrize(("after_s", "code"), [(60, "worker_available"), (900, "scaler_silent")])
def test_a_render_that_waits_says_why_as_the_api_tells_its_customer(
    shown: Console, after_s: float, code: str
) -> None:
    shown.stack.now = T + 205 + after_s
    shown.stack.answers = {"job": replace(JOB, state=JobState.QUEUED, started_at=None, finished_at=None)}
    text = shown.text(f"/renders/{RENDER}")
    assert f"<code>{code}</code>" in text


@pytest.fixture(scope="module")
def texts() -> Mapping[str, str]:
    """Every page once, as it is sent."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(time, "sleep", lambda _: None)
        browser = Console().browser
        return {path: browser.get(path).text for path in PAGES}


def test_only_pages_that_nobody_types_into_or_reads_at_length_are_refreshed(texts: Mapping[str, str]) -> None:
    refreshed = {path for path, text in texts.items() if 'http-equiv="refresh"' in text}
    assert refreshed == set(PAGES) - {"/find", "/runbooks/README"}
    assert all("<input" not in texts[path] for path in refreshed)


@pytest.mark.parametrize("path", ["/renders/nonsense", "/renders/..%2f..%2fetc", "/runbooks/..%2fsecurity"])
def test_what_is_not_there_is_said_not_to_be(shown: Console, path: str) -> None:
    assert shown.browser.get(path).status_code == 404


@pytest.mark.parametrize("kind", ["../security", "README.md", "%2e%2e%2fsecurity", "readme", "%00"])
def test_only_runbooks_are_read_from_the_folder_of_runbooks(shown: Console, kind: str) -> None:
    answer = shown.browser.get(f"/runbooks/{kind}")
    assert answer.status_code == 404
    assert "threat" not in answer.text.lower()


@pytest.mark.parametrize("path", PAGES)
def test_pages_have_no_script_no_inline_style_and_load_nothing_from_elsewhere(
    texts: Mapping[str, str], path: str
) -> None:
    text = texts[path]
    assert "<script" not in text
    assert "style=" not in text
    assert "<img" not in text
    assert not re.findall(r"(?:src|action)=\"(?!/)", text)
    assert not re.findall(r"<link[^>]*href=\"(?!/)", text)


@pytest.mark.parametrize("path", ["/", "/fleets/cpu", "/alarms", "/webhooks"])
def test_what_others_wrote_is_shown_as_text(texts: Mapping[str, str], path: str) -> None:
    assert EVIL in html.unescape(texts[path])
    assert EVIL not in texts[path]


def test_a_template_a_failure_and_a_log_line_with_a_script_in_them_stay_text(shown: Console) -> None:
    failure = Failure(code=FailureCode.ENGINE_CRASHED, detail=EVIL)
    job = replace(JOB, template=EVIL, state=JobState.FAILED, failure=failure, output_key=None, output=None)
    line = agent(300, EVIL, "i-2", 2, failure_detail=EVIL, reason="</td></tr>" + EVIL)
    shown.stack.answers = {"job": job, "lines": (*LINES, line)}
    text = shown.browser.get(f"/renders/{RENDER}").text
    assert html.unescape(text).count(EVIL) >= 5
    assert "<script" not in text
    assert "<img" not in text


def test_names_in_the_address_of_a_runbook_are_taken_only_if_they_can_be_names(shown: Console) -> None:
    text = shown.text("/runbooks/FunctionErrors?fleet=<script>&function=$(reboot)")
    assert "<script>" not in text
    assert "reboot" not in text
    assert "$FUNCTION" in text


def test_the_clock_of_the_page_is_the_consoles(shown: Console) -> None:
    assert shown.stack.now == NOW
    assert "22:21:40 UTC" in shown.text("/")
