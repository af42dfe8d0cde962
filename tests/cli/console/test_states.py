"""Denied, throttled, expired, unreadable: what a page says, and that it keeps what it has."""

import pytest

from cli.console.reading.source import KEEP_METRICS_S
from cli.console.reading.trouble import State, trouble_of
from tests.cli.console.conftest import Console
from tests.cli.console.stack import waiting
from tests.cli.trace import story
from tests.cli.trace.story import RENDER

DENIED = "User: arn:aws:iam::1:user/x is not authorized to perform: kms:Decrypt on resource: arn:aws:kms:..."


@pytest.mark.short_form(2)
@pytest.mark.parametrize(
    ("operation", "path", "action"),
    [
        ("DescribeAutoScalingGroups", "/", "autoscaling:DescribeAutoScalingGroups"),
        ("Query", "/fleets/cpu", "dynamodb:Query"),
        ("GetMetricData", "/fleets/cpu", "cloudwatch:GetMetricData"),
        ("DescribeAlarms", "/alarms", "cloudwatch:DescribeAlarms"),
        ("StartQuery", "/webhooks", "logs:StartQuery"),
        ("Query", f"/renders/{RENDER}", "dynamodb:Query"),
        ("ListObjectsV2", f"/renders/{RENDER}", "s3:ListBucket"),
        ("DescribeScalingActivities", f"/renders/{RENDER}", "autoscaling:DescribeScalingActivities"),
        ("StartQuery", "/search?q=some-request", "logs:StartQuery"),
    ],
)
def test_a_denied_read_names_the_action_of_iam(
    shown: Console, operation: str, path: str, action: str
) -> None:
    shown.stack.answers = {"broken": frozenset({operation})}
    text = shown.text(path)
    assert f"your credentials may not call {action}" in text
    assert "operator_read_policy" in text


def test_the_action_is_the_one_that_aws_names_where_it_does(shown: Console) -> None:
    shown.stack.answers = {"broken": frozenset({"Query"}), "refusal": DENIED}
    assert "your credentials may not call kms:Decrypt" in shown.text("/")


@pytest.mark.short_form(2)
@pytest.mark.parametrize(
    ("path", "code", "state"),
    [
        ("/fleets/cpu", "AccessDeniedException", "denied"),
        ("/", "ThrottlingException", "throttled"),
        ("/fleets/cpu", "ProvisionedThroughputExceededException", "throttled"),
        ("/fleets/cpu", "ServiceUnavailable", "throttled"),
        ("/fleets/cpu", "ExpiredTokenException", "expired"),
        ("/fleets/cpu", "UnrecognizedClientException", "expired"),
        ("/fleets/cpu", "ValidationError", "unreadable"),
        (f"/renders/{RENDER}", "ThrottlingException", "throttled"),
    ],
)
def test_whatever_is_in_the_way_the_page_keeps_what_it_has_and_shows_its_age(
    shown: Console, path: str, code: str, state: str
) -> None:
    shown.stack.answers = {"queued": (waiting(1, 300),)}
    before = shown.text(path)
    shown.stack.now += 40
    shown.stack.answers |= {"broken": frozenset({"Query"}), "code": code}
    after = shown.text(path)
    kept = RENDER if RENDER in path else "i-2"
    assert kept in before
    assert kept in after
    assert f"<b>{state}</b>" in after
    assert "What you see was read 40 s ago." in after
    shown.stack.now += 20
    shown.stack.answers = {}
    assert f"<b>{state}</b>" not in shown.text(path), "it recovers by itself"


@pytest.mark.parametrize(("path", "operation"), [("/alarms", "DescribeAlarms"), ("/webhooks", "StartQuery")])
def test_signals_keep_what_they_have(shown: Console, path: str, operation: str) -> None:
    shown.text(path)
    shown.stack.now += KEEP_METRICS_S
    shown.stack.answers = {"broken": frozenset({operation}), "code": "ThrottlingException"}
    text = shown.text(path)
    assert "<b>throttled</b>" in text
    assert "What you see was read 60 s ago." in text


@pytest.mark.parametrize("path", ["/", "/fleets/cpu"])
def test_what_never_could_be_read_says_so_and_shows_no_figure(shown: Console, path: str) -> None:
    shown.stack.answers = {"broken": frozenset({"DescribeAutoScalingGroups"})}
    text = shown.text(path)
    assert "read never" in text
    assert "<b>denied</b>" in text
    assert "nobody waits" not in text, "nobody knows"


def test_what_cannot_be_read_is_no_good_news_on_the_overview(shown: Console) -> None:
    shown.stack.answers = {"broken": frozenset({"DescribeAlarms", "StartQuery"})}
    text = shown.text("/")
    assert "<span>Ringing alarms</span><b>denied</b>" in text
    assert "<span>Failing webhooks</span><b>denied</b>" in text
    assert "<span>Smallest error budget</span><b>denied</b>" in text


def test_a_part_of_a_render_that_is_denied_is_said_above_its_story(shown: Console) -> None:
    shown.stack.answers = {"broken": frozenset({"StartQuery"})}
    text = shown.text(f"/renders/{RENDER}")
    assert text.index("<b>not read</b> logs of job server") < text.index("Spans")
    assert "denied: your credentials may not call logs:StartQuery" in text


def test_an_item_that_nobody_of_ours_wrote_hides_no_other_and_is_named(
    shown: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    hostile = {**story.WORKERS[0], "pk": "WORKER#i-3", "instance_id": "i-3", "heartbeat_at": "<script>"}
    monkeypatch.setattr(story, "WORKERS", (*story.WORKERS, hostile))
    shown.stack.answers = {"queued": (waiting(1, 300), {**waiting(2, 200), "tenant": 7})}
    text = shown.text("/")
    assert "1 render waits" in text
    assert text.count("<b>unreadable</b>") == 2
    assert "attribute &#39;heartbeat_at&#39;" in text
    assert "heard 10 s ago" in text
    assert "<script>" not in text


def test_a_problem_without_a_known_cause_is_told_in_its_own_words() -> None:
    assert trouble_of(ValueError("odd")).state is State.UNREADABLE
    assert trouble_of(ValueError("odd")).text == "odd"
