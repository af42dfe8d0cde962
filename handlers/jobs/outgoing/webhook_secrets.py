"""Secrets that sign webhooks: their form, and the names of the parameters that hold them.

A tenant has one parameter, which may hold several secrets. A webhook endpoint has one for each secret, by
number: the store of parameters can refuse to create a name again, and cannot compare before it overwrites.
"""

import base64
import secrets
from typing import Final

PREFIX: Final = "whsec_"
_BYTES: Final = 32


def new_secret() -> str:
    """A new secret, as Standard Webhooks spells them."""
    return PREFIX + base64.b64encode(secrets.token_bytes(_BYTES)).decode()


def secret_of_endpoint(tenant: str, endpoint: str, number: int) -> str:
    """The name of an endpoint's n-th secret; no tenant's name has a dot."""
    return f"{tenant}.{endpoint}.{number}"
