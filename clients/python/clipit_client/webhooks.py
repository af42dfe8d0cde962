"""Verifies a webhook by Standard Webhooks, and reads it."""

import base64
import binascii
import hmac
import time
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final, Literal

from pydantic import Field, JsonValue, ValidationError

from clipit_client.errors import InvalidSignatureError
from clipit_client.models import Failure, Model

PREFIX: Final = "whsec_"
TOLERANCE_S: Final = 300.0
"""How far the timestamp may be from the receiver's clock, as the libraries of Standard Webhooks allow."""
LEAST_KEY: Final = 24
"""Bytes; by Standard Webhooks, and an empty key would sign for anybody."""
KNOWN: Final = frozenset({"render.succeeded", "render.failed", "render.cancelled"})


class EndedRender(Model):
    """The render that ended; get the render for the link to its video."""

    id: str
    state: str
    attempt: int
    trace_id: str
    batch: str | None = None
    test: bool = False
    metadata: Mapping[str, str] = Field(default={}, repr=False)
    failure: Failure | None = None


class RenderEvent(Model):
    """A render has ended."""

    type: Literal["render.succeeded", "render.failed", "render.cancelled"]
    timestamp: datetime
    data: EndedRender


class UnknownEvent(Model):
    """An event that a newer server sends: answer with 2xx and ignore it."""

    type: str
    timestamp: datetime
    data: dict[str, JsonValue]


def unwrap(
    body: bytes | str, headers: Mapping[str, str], secret: str | Iterable[str], *, now: float | None = None
) -> RenderEvent | UnknownEvent:
    """The event of a webhook whose signature holds for one of the secrets.

    Args:
        body: As it was received, not parsed and written again.
        headers: The request's; their case does not matter.
        secret: `whsec_...`; during a rotation both, in any order.
        now: Seconds since 1970; by default this machine's clock, `time.time()`.

    Raises:
        InvalidSignatureError: No signature holds, the webhook is too old or too new, or it is no event.
        ValueError: A secret is none.
    """
    keys = [_key(one) for one in ([secret] if isinstance(secret, str) else secret)]
    if not keys:
        raise ValueError("give the secret, or both during a rotation; there is none")
    content = body.encode(errors="replace") if isinstance(body, str) else body
    given = {name.lower(): value for name, value in headers.items()}
    try:
        message, stamp, signatures = (given[f"webhook-{name}"] for name in ("id", "timestamp", "signature"))
        seconds = int(stamp)
    except (KeyError, ValueError):
        raise InvalidSignatureError(
            "webhook-id, webhook-timestamp or webhook-signature is missing or malformed"
        ) from None
    received = time.time() if now is None else now
    if not received - TOLERANCE_S <= seconds <= received + TOLERANCE_S:
        raise InvalidSignatureError(
            f"webhook-timestamp is more than {TOLERANCE_S:g} s from this machine's clock"
        )
    signed = f"{message}.{seconds}.".encode(errors="replace") + content
    offered = [one.partition(",")[2] for one in signatures.split() if one.startswith("v1,")]
    wanted = [base64.b64encode(hmac.digest(key, signed, "sha256")) for key in keys]
    if not any(
        hmac.compare_digest(mine, theirs.encode(errors="replace")) for mine in wanted for theirs in offered
    ):
        raise InvalidSignatureError("no signature in webhook-signature holds for this secret and body")
    try:
        event = UnknownEvent.model_validate_json(content)
        return RenderEvent.model_validate_json(content) if event.type in KNOWN else event
    except ValidationError:
        raise InvalidSignatureError("the body is signed, and is no event") from None


def _key(secret: str) -> bytes:
    """The key that a secret holds; what is too short is the empty text of a variable that is not set."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) < LEAST_KEY:
        raise ValueError(
            f"a secret is {PREFIX} and base64 of {LEAST_KEY} bytes or more: that of the endpoint, "
            "or for a render with a webhook_url your operator's"
        )
    return key
