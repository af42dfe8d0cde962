"""Signs a webhook as Standard Webhooks describes it. Pure.

A tenant's parameter may hold several secrets, separated by spaces, so that one can be replaced without a gap.
"""

import base64
import binascii
import hashlib
import hmac

PREFIX = "whsec_"
SHORTEST_SECRET = 24
"""Bytes, as Standard Webhooks wants them: receivers refuse shorter ones."""


class BadSecretError(ValueError):
    """The secret is not `whsec_` and base64; the text never quotes it."""


def signed_headers(secrets: str, *, message_id: str, timestamp: int, body: str) -> dict[str, str]:
    """The three headers by which a receiver verifies a webhook's sender, integrity and age.

    Raises:
        BadSecretError: there is no usable secret.
    """
    keys = [_key(secret) for secret in secrets.split()]
    if not keys:
        raise BadSecretError("the secret is empty")
    signed = f"{message_id}.{timestamp}.{body}".encode()
    signatures = (base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode() for key in keys)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }


def _key(secret: str) -> bytes:
    if not secret.startswith(PREFIX):
        raise BadSecretError(f"the secret does not begin with {PREFIX}")
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        # The cause would quote part of the secret.
        raise BadSecretError(f"the secret is not base64 after {PREFIX}") from None
    if len(key) < SHORTEST_SECRET:
        raise BadSecretError(f"the secret has {len(key)} bytes; at least {SHORTEST_SECRET} are needed")
    return key
