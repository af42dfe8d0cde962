"""Who may see the console."""

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from cli.console.shell import POLICY, Admission, Shell

HOST = "127.0.0.1:4711"


@pytest.fixture
def admission() -> Admission:
    return Admission(token="once")


@pytest.fixture
def browser(admission: Admission) -> TestClient:
    app = FastAPI()
    app.get("/")(lambda: "seen")
    return TestClient(Shell(app, admission, HOST), base_url=f"http://{HOST}", follow_redirects=False)


def test_the_token_opens_a_session_once(browser: TestClient) -> None:
    opened = browser.get("/open?token=once")
    assert opened.status_code == 303
    cookie = opened.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert browser.get("/").json() == "seen"
    browser.cookies.clear()
    assert browser.get("/open?token=once").status_code == 403
    assert browser.get("/").status_code == 403


@pytest.mark.parametrize(
    "path", ["/", "/style.css", "/open", "/open?token=", "/open?token=twice", "/open?token=%C3%A9"]
)
def test_without_the_token_nothing_is_seen(browser: TestClient, path: str) -> None:
    assert browser.get(path).status_code == 403


def test_a_cookie_before_the_token_was_used_opens_nothing(browser: TestClient, admission: Admission) -> None:
    browser.cookies.set("clipit_console_4711", admission.session)
    assert browser.get("/").status_code == 403


@pytest.mark.parametrize("host", ["evil.example", "localhost:4711", "127.0.0.1", ""])
def test_another_host_is_refused_even_with_the_session(browser: TestClient, host: str) -> None:
    browser.get("/open?token=once")
    assert browser.get("/", headers={"host": host}).status_code == 421


def test_only_reading_methods_are_answered(browser: TestClient) -> None:
    browser.get("/open?token=once")
    assert browser.post("/").status_code == 405


def test_every_response_carries_the_policy_and_is_not_stored(browser: TestClient) -> None:
    for answer in (browser.get("/"), browser.get("/open?token=once"), browser.get("/"), browser.get("/none")):
        assert answer.headers["content-security-policy"] == POLICY
        assert answer.headers["cache-control"] == "no-store"


def test_the_policy_allows_no_script() -> None:
    assert "default-src 'none'" in POLICY
    assert "script-src" not in POLICY


def test_neither_token_nor_session_is_shown(admission: Admission) -> None:
    assert "once" not in repr(admission)
    assert admission.session not in repr(admission)
