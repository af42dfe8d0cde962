"""What the notifier signs is what the client accepts, and nothing else."""

import json

import pytest
from clipit_client import InvalidSignatureError, unwrap
from clipit_client.webhooks import RenderEvent, UnknownEvent

from handlers.notifier.signing import signed_headers

NOW = 1_800_000_000
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_" + "QUFB" * 8
BODY = json.dumps(
    {
        "type": "render.failed",
        "timestamp": "2026-01-01T00:00:00Z",
        "data": {
            "id": "r_1",
            "state": "failed",
            "attempt": 2,
            "trace_id": "0",
            "failure": {"code": "timed_out", "detail": "An hour."},
        },
    }
)


def headers(secrets: str = SECRET, body: str = BODY, at: int = NOW) -> dict[str, str]:
    return signed_headers(secrets, message_id="msg_1", timestamp=at, body=body)


def test_a_webhook_of_the_notifier_is_read() -> None:
    event = unwrap(BODY.encode(), headers(), SECRET, now=NOW)
    assert isinstance(event, RenderEvent)
    assert event.data.failure
    assert (event.type, event.data.failure.code) == ("render.failed", "timed_out")


def test_either_secret_of_a_rotation_will_do() -> None:
    assert unwrap(BODY, headers(OTHER), [SECRET, OTHER], now=NOW).type == "render.failed"


def test_the_case_of_headers_does_not_matter() -> None:
    upper = {name.title(): value for name, value in headers().items()}
    assert unwrap(BODY, upper, SECRET, now=NOW)


def test_an_event_of_a_newer_server_is_handed_over_unread() -> None:
    body = json.dumps({"type": "render.paused", "timestamp": "2026-01-01T00:00:00Z", "data": {"x": 1}})
    event = unwrap(body, headers(body=body), SECRET, now=NOW)
    assert isinstance(event, UnknownEvent)
    assert event.data == {"x": 1}


@pytest.mark.parametrize(
    ("body", "given"),
    [
        pytest.param(BODY + " ", headers(), id="another body"),
        pytest.param(BODY, headers(OTHER), id="another secret"),
        pytest.param(BODY, {**headers(), "webhook-id": "msg_2"}, id="another message"),
        pytest.param(BODY, headers(at=NOW - 301), id="too old"),
        pytest.param(BODY, headers(at=NOW + 301), id="from the future"),
        pytest.param(BODY, {**headers(), "webhook-timestamp": "now"}, id="no timestamp"),
        pytest.param(BODY, {**headers(), "webhook-timestamp": "9" * 400}, id="a timestamp beyond floats"),
        pytest.param(BODY, {**headers(), "webhook-signature": ""}, id="no signature"),
        pytest.param(BODY, {**headers(), "webhook-signature": "v1,é"}, id="a strange signature"),
        pytest.param(BODY, {**headers(), "webhook-signature": "v1,\udcff"}, id="a signature of no text"),
        pytest.param("\udcff", headers(), id="a body of no text"),
        pytest.param(
            BODY,
            {**headers(), "webhook-signature": headers()["webhook-signature"].replace("v1,", "v2,")},
            id="another scheme",
        ),
        pytest.param(BODY, {}, id="no headers"),
        pytest.param("[1]", headers(body="[1]"), id="signed and no event"),
    ],
)
def test_anything_else_is_refused(body: str, given: dict[str, str]) -> None:
    with pytest.raises(InvalidSignatureError):
        unwrap(body, given, SECRET, now=NOW)


def test_a_secret_that_is_none_is_a_mistake_of_the_caller_and_is_not_shown() -> None:
    with pytest.raises(ValueError, match="a secret is whsec_") as found:
        unwrap(BODY, headers(), "whsec_!!secret!!", now=NOW)
    assert "!!secret!!" not in str(found.value)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_QUFB", [], [SECRET, ""]])
def test_a_secret_that_is_not_set_is_refused_for_an_empty_key_would_sign_for_anybody(
    secret: str | list[str],
) -> None:
    with pytest.raises(ValueError, match="secret"):
        unwrap(BODY, headers(), secret, now=NOW)
