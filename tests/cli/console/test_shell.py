"""Who may see the console."""

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

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


@pytest.mark.parametrize(
    "path",
    [
        *(
            "//open?token=once",
            "/open/?token=once",
            "/OPEN?token=once",
            "/?token=once",
            "/style.css?token=once",
        ),
        *("/open?token=onc", "/open?token=once2", "/open?token=wrong&token=once", "/open?TOKEN=once"),
        "/./open?token=wrong",
    ],
)
def test_nothing_but_the_printed_address_opens_it(
    browser: TestClient, admission: Admission, path: str
) -> None:
    assert browser.get(f"http://{HOST}{path}").status_code == 403
    assert not admission.used, "whoever guesses does not lock the operator out"


@pytest.mark.parametrize("method", ["HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
def test_the_token_is_not_used_up_by_anything_but_opening_the_address(
    browser: TestClient, admission: Admission, method: str
) -> None:
    assert browser.request(method, "/open?token=once").status_code in {403, 405}
    assert not admission.used


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1:4712", "127.0.0.1:4711.evil.example", "[::1]:4711"]
)
def test_a_name_that_was_bound_again_gets_neither_a_page_nor_the_session(
    browser: TestClient, admission: Admission, host: str
) -> None:
    answer = browser.get("/open?token=once", headers={"host": host})
    assert answer.status_code == 421
    assert "set-cookie" not in answer.headers
    assert not admission.used
    assert HOST in answer.text


def test_two_hosts_are_none(browser: TestClient) -> None:
    browser.get("/open?token=once")
    twice = [("host", HOST), ("host", "evil.example")]
    assert browser.get("/", headers=twice).status_code == 421


@pytest.mark.parametrize(
    ("name", "value"),
    [("clipit_console_4711", ""), ("clipit_console_4711", "x"), ("clipit_console_80", None)],
)
def test_another_cookie_opens_nothing(
    browser: TestClient, admission: Admission, name: str, value: str | None
) -> None:
    browser.get("/open?token=once")
    browser.cookies.clear()
    browser.cookies.set(name, admission.session if value is None else value)
    assert browser.get("/").status_code == 403


def test_a_web_socket_is_closed_even_with_the_session(browser: TestClient) -> None:
    browser.get("/open?token=once")
    with pytest.raises(WebSocketDisconnect), browser.websocket_connect(f"ws://{HOST}/"):
        pass


def test_a_refusal_repeats_nothing_of_what_was_asked(browser: TestClient) -> None:
    assert "<script>" not in browser.get("/%3Cscript%3E?token=%3Cscript%3E").text
