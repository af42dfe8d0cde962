"""The reference page in headless Chromium: read, and a request sent from it.

Only a browser proves that the policy lets Swagger UI work, and that nothing is loaded from elsewhere.
"""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
from fastapi import FastAPI

from handlers.job_server.reference.files import PATH, page_files
from pages.pictures.browser import Browser, chromium
from tests.chromium import NEEDS_CHROMIUM
from tests.handlers.job_server.edge.serving import served
from tests.handlers.job_server.fakes import FakeKeys, World

pytestmark = NEEDS_CHROMIUM

MOST_SECONDS = 60.0
TEMPLATES = "#operations-templates-listTemplates"
KEY_FIELD = "document.querySelector('.auth-container input')"


@dataclass(frozen=True)
class Reader:
    """A browser that has opened the page."""

    browser: Browser
    origin: str

    def until(self, expression: str) -> object:
        """What an expression comes to, once that is something."""
        ends = time.monotonic() + MOST_SECONDS
        while not (found := self.browser.of(expression)):
            assert time.monotonic() < ends, f"never: {expression}; complaints: {self.browser.complaints}"
            time.sleep(0.02)
        return found

    def click(self, selector: str) -> None:
        """Click what a selector finds, once it is there."""
        self.until(f"Boolean(document.querySelector({json.dumps(selector)}))")
        self.browser.of(f"document.querySelector({json.dumps(selector)}).click()")

    def type_key(self, key: str) -> None:
        """Type into the field for the key, as Swagger UI hears of it."""
        self.until(f"Boolean({KEY_FIELD})")
        self.browser.of(
            "Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')"
            f".set.call({KEY_FIELD}, {json.dumps(key)});"
            f"{KEY_FIELD}.dispatchEvent(new Event('input', {{bubbles: true}}))"
        )

    def send(self, operation: str) -> object:
        """Send the request of an operation; the status of the answer that the page shows."""
        self.click(f"{operation} .opblock-summary-control")
        self.click(f"{operation} .execute")
        return self.until(
            f"document.querySelector({json.dumps(operation)})"
            ".querySelector('.live-responses-table tbody .response-col_status')?.innerText"
        )


@pytest.fixture
def app(world: World) -> FastAPI:
    found = world.http.app
    assert isinstance(found, FastAPI)
    return found


@pytest.fixture
def reader(app: FastAPI) -> Iterator[Reader]:
    with served(app) as server, chromium() as browser:
        origin = f"http://127.0.0.1:{server.port}"
        browser.open(f"{origin}{PATH}")
        yield Reader(browser, origin)


@pytest.mark.long
def test_the_document_is_read_and_a_request_is_sent_from_the_page_alone(reader: Reader) -> None:
    reader.until("document.querySelectorAll('.opblock').length >= 15")
    text = reader.browser.text()
    assert "Submit a render" in text
    assert "Create a webhook endpoint" in text

    reader.click(".btn.authorize")
    reader.type_key(FakeKeys.KEY)
    reader.click(".modal-ux .btn.authorize")
    reader.click(".modal-ux .btn-done")
    assert reader.send(TEMPLATES) == "200"
    assert "title-card" in str(reader.browser.of(f"document.querySelector('{TEMPLATES}').innerText"))

    asked = {
        (f"{urlsplit(one).scheme}://{urlsplit(one).netloc}", urlsplit(one).path)
        for one in reader.browser.asked
        if not one.startswith("data:")
    }
    assert {origin for origin, _ in asked} == {reader.origin}
    assert {path for _, path in asked} == {*page_files(), "/openapi.json", "/v1/templates"}
    assert reader.browser.complaints == []
    stored = "JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])"
    assert FakeKeys.KEY not in str(reader.browser.of(stored))

    # What got into the page would not run, and would send nothing elsewhere.
    reader.browser.of(
        "const script = document.createElement('script'); script.textContent = 'window.owned = 1';"
        "document.body.append(script); fetch('http://127.0.0.1:9/x').catch(() => 0); 0"
    )
    assert reader.browser.of("window.owned") is None
    assert any("Content Security Policy" in one for one in reader.browser.complaints)
