"""Spans of a render as OpenTelemetry has them; the protocol's own library reads the document."""

import json
from dataclasses import replace
from functools import cache
from importlib import import_module

from google.protobuf import json_format
from opentelemetry.proto.trace.v1.trace_pb2 import TracesData

from cli.trace import conventions, otlp
from cli.trace.conventions import Kind
from cli.trace.facts import Facts
from cli.trace.page import page
from cli.trace.span import Span
from cli.trace.spans import spans_of
from cli.trace.summary import summary_of
from cli.trace.timeline import rows
from tests.cli.trace.ids import as_protobuf
from tests.cli.trace.story import PLACE, RENDER, Aws, T, activity, reading

ROOMS = (
    "aws",
    "cloud",
    "deployment",
    "error",
    "faas",
    "host",
    "http",
    "messaging",
    "process",
    "server",
    "service",
)


@cache
def facts() -> Facts:
    return reading(Aws()).of(RENDER)


def spans() -> dict[str, Span]:
    return {span.key: span for span in spans_of(facts(), PLACE)}


def test_a_render_is_one_trace_with_one_root_and_every_parent_in_it() -> None:
    found = spans()
    assert {span.trace_id for span in found.values()} == {facts().job.trace_id}
    assert [key for key, span in found.items() if span.parent is None] == ["request"]
    assert {span.parent for span in found.values()} - {None} <= found.keys()
    assert len({span.span_id for span in found.values()}) == len(found)


def test_each_operation_is_of_its_kind() -> None:
    kinds = {key: span.kind for key, span in spans().items()}
    assert kinds["request"] is Kind.SERVER
    assert (kinds["send"], kinds["attempt-1"]) == (Kind.PRODUCER, Kind.CONSUMER)
    assert (kinds["decision-1"], kinds["webhook-3"]) == (Kind.SERVER, Kind.CLIENT)
    assert (kinds["fetch-2"], kinds["engine-2"], kinds["store-2"]) == (
        Kind.CLIENT,
        Kind.INTERNAL,
        Kind.CLIENT,
    )


def test_links_lead_across_the_queue_and_to_the_caller() -> None:
    found = spans()
    (caller,) = found["request"].links
    assert (caller.trace_id, caller.span_id) == ("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331")
    for key in ("attempt-1", "decision-1"):
        assert [link.span_id for link in found[key].links] == [found["send"].span_id]


def test_times_are_those_of_the_facts() -> None:
    found = spans()
    times = {key: (round(one.began - T, 3), round(one.ended - T, 3)) for key, one in found.items()}
    assert times["request"] == (0, 0.05)
    assert (times["wait-1"], times["wait-2"]) == ((0, 100), (200, 210))
    assert (times["attempt-1"], times["attempt-2"]) == ((100, 200), (210, 300))
    assert (times["fetch-2"], times["engine-2"], times["store-2"]) == ((210, 211), (211, 290), (290, 299))
    assert times["webhook-1"] == (301.6, 302)
    assert [event.name for event in found["wait-1"].events] == ["instance_booting", "instance_booting"]


def test_what_failed_has_an_error() -> None:
    failed = {key for key, span in spans().items() if span.error}
    assert failed == {"attempt-1", "webhook-1", "webhook-2"}


def parsed() -> TracesData:
    """The document as the protocol's library has it."""
    whole = json.loads(json.dumps(otlp.document(spans().values(), PLACE)))
    return json_format.ParseDict(as_protobuf(whole), TracesData())


def test_the_document_is_otlp() -> None:
    document = parsed()
    services = {
        attribute.value.string_value
        for resource in document.resource_spans
        for attribute in resource.resource.attributes
        if attribute.key == "service.name"
    }
    assert services >= {"clip-it-job-server", "clip-it-render-agent", "clip-it-scaler", "clip-it-notifier"}
    sent = [
        span for resource in document.resource_spans for scope in resource.scope_spans for span in scope.spans
    ]
    assert len(sent) == len(spans())
    for span in sent:
        assert (len(span.trace_id), len(span.span_id)) == (16, 8)
        assert span.end_time_unix_nano > span.start_time_unix_nano > 1_600_000_000_000_000_000


def test_attributes_are_those_of_the_semantic_conventions() -> None:
    known = {
        value
        for room in ROOMS
        for path in (f"opentelemetry.semconv._incubating.attributes.{room}_attributes",)
        for value in vars(import_module(path)).values()
        if isinstance(value, str)
    }
    # Stable names have left the incubating modules.
    stable = {"error", "http", "server", "service", "deployment"}
    known |= {
        value
        for room in stable
        for value in vars(_maybe(f"opentelemetry.semconv.attributes.{room}_attributes")).values()
        if isinstance(value, str)
    }
    names = {
        value
        for name, value in vars(conventions).items()
        if name.isupper() and isinstance(value, str) and name != "SCOPE"
    }
    assert len(names) > 15
    assert names - known == set()
    used = {key for span in spans().values() for key in span.attributes}
    assert {key for key in used if not key.startswith("clip_it.")} <= names


def _maybe(module: str) -> object:
    try:
        return import_module(module)
    except ModuleNotFoundError:
        return type("Nothing", (), {})


def test_no_span_holds_the_address_of_a_webhook() -> None:
    assert "secret-path" not in json.dumps(otlp.document(spans().values(), PLACE))


def test_the_page_is_one_file_that_loads_nothing_and_escapes_what_it_shows() -> None:
    told = facts()
    html = page(told, rows(told), tuple(spans().values()), summary_of(told, PLACE))
    assert "try 3 delivered" in html
    assert "http://" not in html
    assert "https://" not in html
    assert "<script" not in html
    assert html.count("<i class=") == len(spans())


def test_the_figures_of_a_render() -> None:
    found = summary_of(facts(), PLACE)
    assert (found.wait_s, found.boot_s, found.render_s) == (100, 90, 200)
    assert found.usd == (90 + 200) / 3600 * 0.36
    assert found.as_text().splitlines() == [
        "waited  100.0 s",
        "boot    90.0 s",
        "render  200.0 s",
        "cost    0.029000 USD of the instance",
    ]


def test_a_render_of_a_removed_fleet_has_its_spans_and_no_price() -> None:
    job = replace(facts().job, fleet="tpu")
    gone = replace(facts(), job=job)
    assert len(spans_of(gone, PLACE)) == len(spans())
    assert summary_of(gone, PLACE).usd is None


def test_a_boot_that_goes_on_has_lasted_until_now() -> None:
    booting = (activity("Launching a new EC2 instance: i-1", 7, None, "MidLifecycleAction"),)
    found = spans_of(reading(Aws(activities=booting)).of(RENDER), PLACE)
    (boot,) = [span for span in found if span.name == "boot"]
    assert (boot.began, boot.ended) == (T + 7, T + 500)
