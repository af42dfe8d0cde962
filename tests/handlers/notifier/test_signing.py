"""Signatures, judged by the independent library that receivers use."""

import base64
import time

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from handlers.notifier.signing import BadSecretError, signed_headers

OLD = "whsec_" + base64.b64encode(b"old-old-old-old-old-old!").decode()
SHORT = "whsec_" + base64.b64encode(b"23-bytes-are-too-little").decode()
NEW = "whsec_" + base64.b64encode(b"new-new-new-new-new-new!").decode()
BODY = '{"type":"render.succeeded","data":{"id":"r_1","ü":"漢"}}'


def headers(secrets: str, timestamp: float | None = None) -> dict[str, str]:
    at = int(time.time() if timestamp is None else timestamp)
    return signed_headers(secrets, message_id="msg_r_1", timestamp=at, body=BODY)


def test_a_receiver_with_the_secret_accepts_the_message() -> None:
    assert Webhook(NEW).verify(BODY, headers(NEW))["type"] == "render.succeeded"


def test_while_a_secret_is_replaced_both_are_accepted() -> None:
    for secret in (OLD, NEW):
        Webhook(secret).verify(BODY, headers(f"{NEW} {OLD}"))


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_a_changed_header_is_noticed(name: str) -> None:
    changed = headers(NEW)
    changed[name] = headers(OLD, time.time() - 7)[name] if name != "webhook-id" else "msg_r_2"
    with pytest.raises(WebhookVerificationError):
        Webhook(NEW).verify(BODY, changed)


def test_a_changed_body_is_noticed() -> None:
    with pytest.raises(WebhookVerificationError):
        Webhook(NEW).verify(BODY.replace("succeeded", "failed"), headers(NEW))


@pytest.mark.parametrize("secret", ["", "  ", "topsecret", "whsec_", "whsec_???", "whsec_c2hvcnQ=", SHORT])
def test_an_unusable_secret_is_refused_and_never_quoted(secret: str) -> None:
    with pytest.raises(BadSecretError) as caught:
        headers(secret)
    assert "topsecret" not in str(caught.value)
    assert "c2hvcnQ" not in str(caught.value)
    assert caught.value.__cause__ is None
