"""The report of drift: what differs and what it means, without any value."""

import json
from pathlib import Path

from cli.drift.look import Drift
from cli.drift.refresh import differences
from cli.drift.report import as_json, as_markdown, as_text
from cli.impact.preview import Action, Change
from cli.policy.diagnostics import Diagnostic, Level
from cli.policy.report import Report

REFRESHES = Path(__file__).with_name("refreshes")
AUDIT = Report(subject="prod, as deployed", policies=(), diagnostics=())


def drift(*found: Change) -> Drift:
    return Drift(stack="prod", differences=found, audit=AUDIT)


def test_each_form_names_what_differs() -> None:
    found = drift(*differences((REFRESHES / "drifted.jsonl").read_text()))
    assert as_text(found).splitlines() == [
        "changed: cpu-queue-renders (aws:sqs/queue:Queue): visibilityTimeoutSeconds",
        "deleted: observability-cpu-RenderWaitsTooLong (aws:cloudwatch/metricAlarm:MetricAlarm)",
        "prod: DRIFTED; 1 changed, 1 deleted",
        "prod, as deployed: passed; 0 violations, 0 undecided, 0 waived, 0 advisory; all 0 rules judged",
    ]
    stated = json.loads(as_json(found))
    assert [row["done"] for row in stated["differences"]] == ["changed", "deleted"]
    assert "`visibilityTimeoutSeconds`" in as_markdown(found)


def test_a_violated_rule_is_named() -> None:
    finding = Diagnostic(
        policy="sqs-sse",
        level=Level.MANDATORY,
        urn="urn:pulumi:prod::clip-it::aws:sqs/queue:Queue::jobs",
        message="jobs: is not encrypted",
    )
    found = Drift(
        stack="prod",
        differences=(),
        audit=Report(subject="prod, as deployed", policies=(), diagnostics=(finding,)),
    )
    assert "violation: sqs-sse" in as_text(found)


def test_a_deleted_queue_says_what_is_lost() -> None:
    queue = Change(urn="urn:pulumi:prod::clip-it::aws:sqs/queue:Queue::jobs", action=Action.DELETE)
    assert "its messages are gone" in as_markdown(drift(queue))


def test_no_drift_is_one_line_and_the_audit() -> None:
    text = as_markdown(drift())
    assert text.startswith("## Drift: prod: no drift")
    assert "pulumi up" not in text
    assert "## Policies: passed" in text


def test_a_long_list_stays_below_what_an_issue_takes() -> None:
    many = [
        Change(
            urn=f"urn:pulumi:prod::clip-it::aws:sqs/queue:Queue::{'q' * 60}-{number}", action=Action.DELETE
        )
        for number in range(1_000)
    ]
    text = as_markdown(drift(*many))
    assert len(text) < 65_536
    assert "800 more are left out here" in text
