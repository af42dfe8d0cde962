"""A render's trace follows from its id, and a caller's trace context is one or none."""

import pytest

from handlers.jobs.ids import new_job_id
from handlers.jobs.tracing import trace_id_of, traceparent_of

CONTEXT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def test_the_trace_of_a_render_begins_with_its_time_and_no_two_share_one() -> None:
    now = 1_700_000_000.123
    ids = {new_job_id(now) for _ in range(1000)}
    traces = {trace_id_of(one) for one in ids}
    assert len(traces) == len(ids)
    assert {(len(one), int(one[:12], 16)) for one in traces} == {(32, 1_700_000_000_123)}


def test_the_trace_of_a_render_is_the_same_forever() -> None:
    assert trace_id_of("r_" + "0" * 25 + "1") == "0" * 31 + "1"
    assert trace_id_of("r_7" + "z" * 25) == "f" * 32


@pytest.mark.parametrize(
    ("header", "kept"),
    [
        (CONTEXT, CONTEXT),
        (CONTEXT.replace("00-", "01-", 1) + "-later", CONTEXT.replace("00-", "01-", 1)),
        ("", None),
        ("junk", None),
        (CONTEXT + "-more", None),
        (CONTEXT.upper(), None),
        ("ff" + CONTEXT[2:], None),
        (f"00-{'0' * 32}-b7ad6b7169203331-01", None),
        (f"00-{'a' * 32}-{'0' * 16}-01", None),
    ],
    ids=["valid", "later-version", "empty", "junk", "too-long", "upper", "ff", "no-trace", "no-span"],
)
def test_a_trace_context_is_kept_when_it_is_valid(header: str, kept: str | None) -> None:
    assert traceparent_of(header) == kept
