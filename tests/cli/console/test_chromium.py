"""The console in headless Chromium: what an operator sees during an incident, and what leaves the machine.

Only a browser proves that the policy of the pages holds, and that they load nothing from elsewhere.
"""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest

from cli.console.reading.source import KEEP_S
from cli.console.serving import Door, served
from pages.pictures.browser import Browser, chromium
from tests.chromium import NEEDS_CHROMIUM
from tests.cli.console.stack import EVIL, Stack, waiting
from tests.cli.trace.story import RENDER

pytestmark = NEEDS_CHROMIUM

PATHS = (
    *("/", "/fleets/cpu", "/alarms", "/webhooks", "/find", f"/renders/{RENDER}"),
    "/runbooks/FunctionErrors?fleet=cpu&function=cpu-scaler",
)


@dataclass(frozen=True)
class Visit:
    """A browser that was admitted."""

    stack: Stack
    place: Door
    browser: Browser

    def to(self, path: str) -> str:
        """The text of a page as a reader sees it."""
        self.browser.open(f"{self.place.origin}{path}")
        return self.browser.text()


@pytest.fixture(scope="module")
def visit() -> Iterator[Visit]:
    stack = Stack(answers={"queued": tuple(waiting(n, 400 - 100 * n) for n in range(4))})
    with pytest.MonkeyPatch.context() as patch, served(stack.source) as place, chromium() as browser:
        patch.setattr(time, "sleep", lambda _: None)  # Logs Insights is waited for
        browser.open(place.opening)
        yield Visit(stack, place, browser)


def test_every_page_loads_from_the_console_alone_and_breaks_no_rule_of_its_policy(visit: Visit) -> None:
    for path in PATHS:
        visit.to(path)
    asked = set(visit.browser.asked)
    assert {f"{urlsplit(url).scheme}://{urlsplit(url).netloc}" for url in asked} == {visit.place.origin}
    assert {urlsplit(url).path for url in asked} >= {"/style.css", "/icon.svg", *PATHS[:-1]}
    assert visit.browser.complaints == []


@pytest.mark.long
def test_an_operator_reads_who_waits_why_and_what_to_do(visit: Visit) -> None:
    overview = visit.to("/")
    assert "4 renders wait, 3 too long" in overview
    assert "AWS currently has no capacity for the configured instance types. no_capacity" in overview
    assert "Ringing alarms 1 page, 1 ticket" in overview
    visit.browser.click("a[href='/alarms']")
    visit.browser.click("a[href*='FunctionErrors']")
    assert "/aws/lambda/clip-it-dev-cpu-scaler" in visit.browser.text()


@pytest.mark.long
@pytest.mark.parametrize(
    ("code", "state", "says"),
    [
        ("AccessDeniedException", "denied", "your credentials may not call dynamodb:Query"),
        ("ThrottlingException", "throttled", "AWS throttles dynamodb:Query"),
        ("ExpiredTokenException", "expired", "your credentials have expired; renew them and reload"),
    ],
)
def test_a_source_that_refuses_is_said_so_and_what_was_read_stays_with_its_age(
    visit: Visit, code: str, state: str, says: str
) -> None:
    visit.stack.now += KEEP_S
    assert "4 renders wait" in visit.to("/fleets/cpu")
    given = dict(visit.stack.answers)
    try:
        visit.stack.now += 40
        visit.stack.answers |= {"broken": frozenset({"Query"}), "code": code}
        text = visit.to("/fleets/cpu")
    finally:
        visit.stack.answers = given
        visit.stack.now += KEEP_S
    assert f"{state} {says}" in text
    assert "What you see was read 40 s ago." in text
    assert "4 renders wait" in text
    assert state not in visit.to("/fleets/cpu"), "it recovers by itself"
    assert {urlsplit(url).netloc for url in visit.browser.asked} == {urlsplit(visit.place.origin).netloc}
    assert visit.browser.complaints == []


@pytest.mark.long
def test_what_others_wrote_stays_text(visit: Visit) -> None:
    for path in PATHS[:4]:
        assert EVIL in visit.to(path)
        assert visit.browser.of("document.querySelectorAll('script, img').length") == 0
        assert "owned" not in str(visit.browser.of("document.title"))


@pytest.mark.long
def test_a_script_that_got_into_a_page_would_not_run(visit: Visit) -> None:
    visit.to("/find")
    visit.browser.of(
        "const script = document.createElement('script'); script.textContent = 'window.owned = 1';"
        "document.body.append(script); const image = new Image(); image.src = 'http://127.0.0.1:9/x'"
    )
    assert visit.browser.of("window.owned") is None
    refused = " ".join(visit.browser.complaints)
    assert re.search(r"inline script.*violates.*Content Security Policy", refused, re.DOTALL)
    assert re.search(r"127\.0\.0\.1:9/x.*violates", refused, re.DOTALL)
    visit.browser.complaints.clear()


@pytest.mark.long
def test_what_is_typed_into_the_search_stays_until_it_is_sent(visit: Visit) -> None:
    visit.to("/")
    visit.browser.click("a.find")
    # The browser focuses it at its next frame, which may come after what follows.
    assert visit.browser.of("document.querySelector('[autofocus]').name") == "q"
    visit.browser.of("document.querySelector('[autofocus]').focus()")
    assert visit.browser.of("document.querySelector('meta[http-equiv=refresh]')") is None
    visit.browser.send("Input.insertText", text=RENDER)
    visit.browser.click("button")
    assert str(visit.browser.of("location.pathname")) == f"/renders/{RENDER}"


@pytest.mark.long
def test_another_browser_gets_nothing_with_the_address_that_was_used(visit: Visit) -> None:
    visit.browser.send("Network.clearBrowserCookies")
    visit.browser.open(visit.place.opening)
    assert "open the address that `clipit console` printed" in visit.browser.text()
