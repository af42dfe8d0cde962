from cli.trace.conventions import Kind
from cli.trace.lanes import lanes_of, took
from cli.trace.span import Span


def span(key: str, began: float, name: str = "a name") -> Span:
    return Span(
        trace_id="1" * 32,
        key=key,
        service="scaler",
        name=name,
        kind=Kind.SERVER,
        began=began,
        ended=began + 2,
    )


def test_all_decisions_of_a_scaler_share_a_lane_and_attempts_do_not() -> None:
    spans = [span(f"decision-{number}", 60.0 * number, "cpu-scaler") for number in range(30)]
    spans += [span("attempt-1", 10), span("attempt-2", 500)]
    lanes = lanes_of(spans)
    assert [lane[0].key for lane in lanes] == ["decision-0", "attempt-1", "attempt-2"]
    assert [took(lane, 1) for lane in lanes] == ["30 times", "2.0 s", "2.0 s"]
