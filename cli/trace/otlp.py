"""Spans as OTLP JSON, which any OpenTelemetry collector takes (OTLP specification, "JSON Protobuf Encoding").

Ids are hexadecimal there, and 64-bit numbers are texts.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from cli.stack_place import StackPlace
from cli.trace.conventions import CLOUD_REGION, DEPLOYMENT_ENVIRONMENT, SCOPE, SERVICE_NAME
from cli.trace.span import Attribute, Link, Span, SpanEvent

Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json]"


def document(spans: Iterable[Span], place: StackPlace) -> dict[str, Json]:
    """One document with the spans of each service under a resource of its own."""
    by_service: dict[str, list[Span]] = defaultdict(list)
    for span in spans:
        by_service[span.service].append(span)
    return {"resourceSpans": [_resource(service, some, place) for service, some in by_service.items()]}


def _resource(service: str, spans: Sequence[Span], place: StackPlace) -> Json:
    about: Mapping[str, Attribute] = {
        SERVICE_NAME: f"clip-it-{service}",
        DEPLOYMENT_ENVIRONMENT: place.naming.environment,
        CLOUD_REGION: place.region,
    }
    return {
        "resource": {"attributes": _attributes(about)},
        "scopeSpans": [{"scope": {"name": SCOPE}, "spans": [_span(one) for one in spans]}],
    }


def _span(span: Span) -> Json:
    return {
        "traceId": span.trace_id,
        "spanId": span.span_id,
        **({"parentSpanId": span.parent_id} if span.parent_id else {}),
        "name": span.name,
        "kind": int(span.kind),
        "startTimeUnixNano": _nanoseconds(span.began),
        "endTimeUnixNano": _nanoseconds(span.began + span.seconds),
        "attributes": _attributes(span.attributes),
        "events": [_event(one) for one in span.events],
        "links": [_linked(one) for one in span.links],
        "status": {"code": int(span.status), **({"message": span.error} if span.error else {})},
    }


def _event(event: SpanEvent) -> Json:
    return {
        "timeUnixNano": _nanoseconds(event.at),
        "name": event.name,
        "attributes": _attributes(event.attributes),
    }


def _linked(link: Link) -> Json:
    return {"traceId": link.trace_id, "spanId": link.span_id}


def _attributes(given: Mapping[str, Attribute]) -> list[Json]:
    return [{"key": key, "value": _value(value)} for key, value in given.items()]


def _value(value: Attribute) -> dict[str, Json]:
    match value:
        case bool():
            return {"boolValue": value}
        case int():
            return {"intValue": str(value)}
        case float():
            return {"doubleValue": value}
        case str():
            return {"stringValue": value}


def _nanoseconds(seconds: float) -> str:
    """In whole microseconds: a float holds no more of today's time."""
    return str(round(seconds * 1_000_000) * 1000)
