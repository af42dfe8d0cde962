"""Ids in JSON: those of OTLP are hexadecimal, those of the library of Protocol Buffers in base 64."""

import base64
from collections.abc import Iterator
from typing import Any


def as_protobuf(document: dict[str, Any]) -> dict[str, Any]:
    """A document of OTLP, changed so that the library reads it."""
    for holder in _holders(document):
        for name in ("traceId", "spanId", "parentSpanId"):
            if name in holder:
                holder[name] = base64.b64encode(bytes.fromhex(holder[name])).decode()
    return document


def _holders(value: Any) -> Iterator[dict[str, Any]]:
    match value:
        case dict():
            yield value
            for inner in value.values():
                yield from _holders(inner)
        case list():
            for inner in value:
                yield from _holders(inner)
