"""The console in Chromium on a local stack whose engines hang, as an operator sees it whom an alarm woke."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest

from cli.console.serving import Door, served
from cli.incidents.cloud import FLEET
from pages.pictures.browser import Browser, chromium
from pages.pictures.incident import LETTERS, SILENT, Scene, hung_fleet
from tests import checkout_stack
from tests.chromium import NEEDS_CHROMIUM

pytestmark = [pytest.mark.long, pytest.mark.pulumi_cli, NEEDS_CHROMIUM, pytest.mark.timeout(900)]

REASON = (
    r"All instances that the fleet may have are busy or starting\. fleet_at_maximum"
    r"|The scaler has not run for several minutes; an operator has been alerted\. scaler_silent"
)
"""The second on a machine so slow that the last decision is too old to be believed."""


@dataclass(frozen=True, kw_only=True)
class Look:
    """An admitted browser, and the stack behind its pages."""

    scene: Scene
    door: Door
    browser: Browser

    def at(self, path: str) -> str:
        """The text of a page as a reader sees it."""
        self.browser.open(f"{self.door.origin}{path}")
        return self.browser.text()


@pytest.fixture(scope="module")
def look() -> Iterator[Look]:
    with (
        checkout_stack.alone(),
        hung_fleet(lambda _line: None) as scene,
        served(scene.source) as door,
        chromium() as browser,
    ):
        browser.open(door.opening)
        yield Look(scene=scene, door=door, browser=browser)


def test_the_first_page_says_who_waits_why_who_is_stuck_and_what_rings(look: Look) -> None:
    text = look.at("/")
    # One that a failed attempt gave back waits anew, and on a slow machine objectives ring too.
    waiting = re.search(r"(\d+) renders wait, (\d+) too long", text)
    assert waiting, text
    assert int(waiting[1]) >= int(waiting[2]) >= 1
    assert re.search(REASON, text), text
    assert re.search(r"[1-9] silent \d+ desired", text), text
    assert re.search(r"silent for \d+ (s|min)", text), text
    assert re.search(r"Ringing alarms \d+ pages?, \d+ tickets?", text), text
    assert "Failing webhooks 1 host fails, 1 given up" in text


def test_a_waiting_render_tells_how_long_and_why(look: Look) -> None:
    look.at(f"/fleets/{FLEET}")
    assert re.fullmatch(
        r"\d+ (s|min)", str(look.browser.of("document.querySelector('.waits .bad').innerText"))
    )
    look.browser.click(".waits a")
    text = look.browser.text()
    assert "queued read" in text
    assert re.search(REASON, text), text
    assert "wait for a worker" in text


def test_each_ringing_alarm_leads_to_its_runbook_with_the_names_in_its_commands(look: Look) -> None:
    cloud, text = look.scene.cloud, look.at("/alarms")
    for alarm in (SILENT, LETTERS):
        assert re.search(f"(page|ticket) {cloud.name(alarm)} for ", text), text
    look.browser.click("a[href*='FunctionSilent']")
    runbook = look.browser.text()
    assert cloud.name(FLEET, "scaler") in runbook
    assert "$FUNCTION" not in runbook


def test_the_receiver_that_was_not_told_is_named_with_its_render(look: Look) -> None:
    text = look.at("/webhooks")
    assert re.search(r"127\.0\.0\.1 1 1 .*connection refused r_\w{26}", text), text


def test_nothing_was_asked_of_another_machine_and_no_rule_of_the_pages_was_broken(look: Look) -> None:
    assert {urlsplit(url).netloc for url in look.browser.asked} == {urlsplit(look.door.origin).netloc}
    assert look.browser.complaints == []
