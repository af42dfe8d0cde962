"""Ids of jobs, assets, webhook endpoints and deliveries that were asked for, all in lower case.

They are sortable by time and not guessable, unless they follow from an idempotency key.
"""

import hashlib
import re
import secrets

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_TIME_CHARACTERS, _RANDOM_CHARACTERS = 10, 16
_BITS = 5

JOB_ID = re.compile(r"r_[0-9a-hjkmnp-tv-z]{26}")
ASSET_ID = re.compile(r"a_[0-9a-hjkmnp-tv-z]{26}")
ENDPOINT_ID = re.compile(r"we_[0-9a-hjkmnp-tv-z]{26}")
DELIVERY_ID = re.compile(r"d_[0-9a-hjkmnp-tv-z]{26}")
BATCH_ID = re.compile(r"b_[0-9a-hjkmnp-tv-z]{24}")
"""The ids of a batch's jobs begin as the id of the batch, so the batch alone says which they are."""
_PLACE_CHARACTERS = 2
_GENERATION_CHARACTERS = 4
TENANT = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


def tenant_name(text: str) -> str:
    """Return the text if it can name a tenant.

    Raises:
        ValueError: It cannot.
    """
    if not TENANT.fullmatch(text):
        raise ValueError(
            f"tenant {text!r}: use 1 to 63 lower-case letters, digits and hyphens, no hyphen first"
        )
    return text


def new_job_id(now: float) -> str:
    """An identifier for a job submitted now."""
    return f"r_{_sortable(now)}"


def new_asset_id(now: float) -> str:
    """An identifier for an asset announced now."""
    return f"a_{_sortable(now)}"


def new_delivery_id(now: float) -> str:
    """An identifier for a delivery that is asked for now."""
    return f"d_{_sortable(now)}"


def delivery_id_of(idempotency_key: str) -> str:
    """What looks like the id of a delivery, and follows from an idempotency key."""
    return f"d_{_repeatable(idempotency_key)}"


def new_endpoint_id(now: float, idempotency_key: str | None, *, generation: int = 0) -> str:
    """An identifier for a webhook endpoint; those of one idempotency key end with their generations.

    So an endpoint that is deleted and made again under its key has another id, and other secrets.
    """
    if idempotency_key is None:
        return f"we_{_sortable(now)}"
    whole = _repeatable(idempotency_key)
    return f"we_{whole[:-_GENERATION_CHARACTERS]}{_base32(generation, _GENERATION_CHARACTERS)}"


def have_one_key(endpoint_id: str, other_id: str) -> bool:
    """Whether two ids of webhook endpoints follow from the same idempotency key."""
    return endpoint_id[:-_GENERATION_CHARACTERS] == other_id[:-_GENERATION_CHARACTERS]


def new_batch_id(now: float) -> str:
    """An identifier for a batch submitted now; 70 of its bits are random."""
    return f"b_{_sortable(now)[:-_PLACE_CHARACTERS]}"


def batch_created_at(batch_id: str) -> float:
    """When a batch was submitted, in epoch seconds: the time that its id spells, to the millisecond."""
    return _number(batch_id[2 : 2 + _TIME_CHARACTERS]) / 1000


def batch_prefix(batch_id: str) -> str:
    """How the ids of a batch's jobs begin."""
    return f"r_{batch_id[2:]}"


def job_ids_of_batch(batch_id: str, count: int) -> tuple[str, ...]:
    """The ids of a batch's first jobs, in the order of its items."""
    return tuple(f"{batch_prefix(batch_id)}{_base32(place, _PLACE_CHARACTERS)}" for place in range(count))


def new_request_id() -> str:
    """An identifier for a request that came without one."""
    return secrets.token_hex(16)


def number_of(job_id: str) -> int:
    """The number that a job id spells in base 32."""
    return _number(job_id.removeprefix("r_"))


def job_id_of(number: int) -> str:
    """The job id that spells a number of at most 130 bits in base 32: the inverse of `number_of`."""
    return f"r_{_base32(number, _TIME_CHARACTERS + _RANDOM_CHARACTERS)}"


def _sortable(now: float) -> str:
    return _base32(int(now * 1000), _TIME_CHARACTERS) + _base32(
        secrets.randbits(_RANDOM_CHARACTERS * _BITS), _RANDOM_CHARACTERS
    )


def _repeatable(idempotency_key: str) -> str:
    digest = hashlib.sha256(idempotency_key.encode()).digest()
    return _base32(int.from_bytes(digest, "big"), _TIME_CHARACTERS + _RANDOM_CHARACTERS)


def _number(text: str) -> int:
    number = 0
    for character in text:
        number = number << _BITS | _ALPHABET.index(character)
    return number


def _base32(number: int, width: int) -> str:
    return "".join(
        _ALPHABET[number >> _BITS * place & (len(_ALPHABET) - 1)] for place in reversed(range(width))
    )
