"""The checks that many types share, each made from the property it judges."""

from collections.abc import Collection, Iterator

from local.provider.types.props import Props
from local.provider.types.resource import Check, CheckFailure


def required(*keys: str) -> Check:
    """The properties must be given, known or not."""

    def check(inputs: Props) -> Iterator[CheckFailure]:
        for key in keys:
            if not inputs.has(key):
                yield CheckFailure(property=key, reason="is required and was not given")

    return check


def length(key: str, low: int, high: int) -> Check:
    """The text has between `low` and `high` characters."""

    def check(inputs: Props) -> Iterator[CheckFailure]:
        text = inputs.maybe_text(key)
        if text is not None and not low <= len(text) <= high:
            reason = f"{text!r} has {len(text)} characters; {low} to {high} are allowed"
            yield CheckFailure(property=key, reason=reason)

    return check


def one_of(key: str, allowed: Collection[object]) -> Check:
    """The value is one of the enumeration."""

    def check(inputs: Props) -> Iterator[CheckFailure]:
        value = inputs.known(key)
        if value is not None and value not in allowed:
            names = ", ".join(map(str, allowed))
            yield CheckFailure(property=key, reason=f"{value!r} is not allowed; use one of {names}")

    return check


def between(key: str, low: float, high: float) -> Check:
    """The number is in the range, both ends allowed."""

    def check(inputs: Props) -> Iterator[CheckFailure]:
        value = inputs.maybe_amount(key)
        if value is not None and not low <= value <= high:
            yield CheckFailure(
                property=key, reason=f"{value:g} is out of range; {low:g} to {high:g} are allowed"
            )

    return check


def json_text(key: str) -> Check:
    """The text, when given, is JSON."""

    def check(inputs: Props) -> Iterator[CheckFailure]:
        inputs.json(key)
        yield from ()

    return check


def exactly_one(*keys: str) -> Check:
    """One of the properties is given, and no second."""

    def check(inputs: Props) -> Iterator[CheckFailure]:
        given = [key for key in keys if inputs.has(key)]
        if len(given) != 1:
            reason = f"give exactly one of {', '.join(keys)}; given: {', '.join(given) or 'none'}"
            yield CheckFailure(property=keys[0], reason=reason)

    return check
