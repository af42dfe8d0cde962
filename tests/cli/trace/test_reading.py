"""A trace reads every source with few calls, all of them known; what it cannot read is a fact."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from cli.stack_session import NoSuchTableError
from cli.trace.calls import ACTIONS, MOST_CALLS, NoCallsLeftError
from cli.trace.following import settled
from cli.trace.logs import MOST_LINES
from cli.trace.reading import NoSuchRenderError
from cli.trace.timeline import UNREAD, as_text, rows
from handlers.jobs.states import JobState
from tests.cli.trace.story import (
    ACTIVITIES,
    DECISIONS,
    EVENTS,
    JOB,
    LINES,
    RENDER,
    Aws,
    T,
    activity,
    agent,
    reading,
    scaler,
    told_by,
)


def test_the_whole_story_is_told_in_order() -> None:
    facts = reading(Aws()).of(RENDER)
    told = [(round((row.at or 0) - T), row.source, row.what) for row in rows(facts)]
    assert told == sorted(told, key=lambda one: one[0])
    story = [
        (0, "job", "submitted"),
        (0, "api", "request"),
        (2, "scaler", "waits: instance_booting"),
        (7, "group", "Launching a new EC2 instance: i-1"),
        (50, "ssm", "association Success"),
        (90, "s3", "bootstrap stored"),
        (95, "agent", "agent_started"),
        (97, "group", "launching ended"),
        (97, "agent", "launch_completed"),
        (100, "job", "claimed"),
        (102, "agent", "engine_started"),
        (200, "job", "lease_lost"),
        (200, "sweeper", "job_repaired"),
        (202, "group", "Terminating EC2 instance: i-1"),
        (205, "scaler", "waits: worker_available"),
        (210, "job", "claimed"),
        (290, "agent", "engine_ended"),
        (299, "agent", "video_stored"),
        (300, "job", "succeeded"),
        (302, "webhook", "try 1 failed"),
        (332, "webhook", "try 2 failed"),
        (400, "webhook", "try 3 delivered"),
    ]
    places = [told.index(one) for one in story]
    assert places == sorted(places)
    assert not [row for row in rows(facts) if row.what == UNREAD]


def test_other_renders_instances_and_other_waits_are_left_out() -> None:
    text = as_text(rows(reading(Aws()).of(RENDER)))
    assert "i-9" not in text
    assert "not about this wait" not in text
    assert "secret-path" not in text


def test_a_trace_makes_few_calls_and_only_those_that_it_lists() -> None:
    facts = reading(Aws()).of(RENDER)
    assert set(facts.calls) <= ACTIONS
    assert 10 < len(facts.calls) <= MOST_CALLS


def test_every_listed_action_is_called_in_some_trace() -> None:
    aws = Aws(broken=frozenset({"StartQuery"}))
    called = {*reading(Aws()).of(RENDER).calls, *reading(aws).of(RENDER).calls}
    assert called == ACTIONS


@pytest.mark.parametrize(
    ("operation", "source"),
    [
        ("StartQuery", "scaler decisions (log)"),
        ("GetQueryResults", "logs of job server, agents, notifier, sweeper and scaler"),
        ("DescribeScalingActivities", "scaling activities"),
        ("DescribeInstanceAssociationsStatus", "associations of i-2"),
        ("ListObjectsV2", "stored outputs"),
    ],
)
def test_a_source_that_may_not_be_read_is_a_row_and_hides_no_other(operation: str, source: str) -> None:
    found = rows(reading(Aws(broken=frozenset({operation}))).of(RENDER))
    unread = {row.source: row.detail for row in found if row.what == UNREAD}
    assert f"may not {operation}" in unread[source]
    assert [row.what for row in found if row.source == "job"][-1] == "succeeded"


def test_a_trace_never_makes_more_calls_than_it_may() -> None:
    aws = Aws(made=["logs:StartQuery"] * (MOST_CALLS - 2))
    facts = reading(aws).of(RENDER)
    assert len(facts.calls) == MOST_CALLS
    assert "may make 25 calls" in facts.unread[-1].why
    with pytest.raises(NoCallsLeftError):
        aws.logs().start_query(queryString="q", startTime=0, endTime=1)


def test_the_logs_are_asked_up_to_the_last_try_of_the_webhook() -> None:
    aws = Aws()
    reading(aws).of(RENDER)
    ends = [json.loads(body)["endTime"] for body in aws.bodies if "endTime" in body]
    assert ends
    assert min(ends) > T + 400


def test_a_running_render_is_read_up_to_now() -> None:
    facts = reading(told_by(state=JobState.RENDERING, finished_at=None)).of(RENDER)
    assert not settled(facts)


def test_an_id_that_is_none_and_a_render_that_is_not_there_are_refused_by_name() -> None:
    with pytest.raises(NoSuchRenderError, match="'r_1' is no id of a render"):
        reading(Aws()).of("r_1")


def test_an_account_without_the_stack_is_told_apart_from_a_missing_render() -> None:
    aws = Aws(broken=frozenset({"Query"}), code="ResourceNotFoundException")
    with pytest.raises(NoSuchTableError, match="no table clip-it-dev-jobs in eu-central-1; check --stack"):
        reading(aws).of(RENDER)


@pytest.mark.parametrize(("more", "unread"), [(-1, []), (0, ["later log lines"])])
def test_a_trace_says_when_there_are_more_log_lines_than_it_reads(more: int, unread: list[str]) -> None:
    about = next(line for line in LINES if RENDER in str(line["@message"]))
    facts = reading(Aws(lines=(about,) * (MOST_LINES + more))).of(RENDER)
    assert [one.what for one in facts.unread] == unread


def waiting(**changes: object) -> Aws:
    """The render before its first claim, at T + 500: i-7 was replaced, i-8 boots."""
    job = replace(
        JOB,
        state=JobState.QUEUED,
        attempt=1,
        started_at=None,
        finished_at=None,
        output_key=None,
        output=None,
    )
    activities = (
        activity("Launching a new EC2 instance: i-8", 440, None, "MidLifecycleAction"),
        activity("Terminating EC2 instance: i-7", 420, 430),
        activity("Launching a new EC2 instance: i-7", 10, 400),
        activity("Launching a new EC2 instance: i-6", -500, -400),
    )
    lines = (
        LINES[0],
        agent(300, "agent_started", "i-7", None),
        scaler(
            410, "boot_failed", instance="i-7", stage="online", seconds=400.0, words="Engine: no such file"
        ),
        scaler(411, "boot_failed", instance="i-6", stage="online", seconds=900.0, words="another time"),
        agent(450, "agent_started", "i-8", None),
        agent(451, "agent_started", "i-6", None),
    )
    told = Aws(job=job, events=EVENTS[:1], lines=lines, activities=activities)
    return replace(told, **changes)  # type: ignore[arg-type]


def test_a_render_that_waits_shows_the_boots_that_it_waits_for() -> None:
    aws = waiting()
    facts = reading(aws).of(RENDER)
    told = [(round((row.at or 0) - T), row.source, row.what) for row in rows(facts)]
    for row in (
        (10, "group", "Launching a new EC2 instance: i-7"),
        (400, "group", "launching ended"),
        (300, "agent", "agent_started"),
        (410, "scaler", "boot_failed"),
        (420, "group", "Terminating EC2 instance: i-7"),
        (440, "group", "Launching a new EC2 instance: i-8"),
        (450, "agent", "agent_started"),
    ):
        assert row in told
    assert "Engine: no such file" in as_text(rows(facts))
    assert "i-6" not in as_text(rows(facts))
    asked = [body for body in aws.bodies if "InstanceId" in body]
    assert [name for name in ("i-7", "i-8") if any(name in body for body in asked)] == ["i-7", "i-8"]
    assert facts.unread == ()
    assert len(facts.calls) <= MOST_CALLS


def test_of_the_logs_only_the_boots_of_instances_of_the_render_are_asked_for() -> None:
    aws = waiting()
    reading(aws).of(RENDER)
    (query,) = [json.loads(body)["queryString"] for body in aws.bodies if "agent_started" in body]
    assert 'instance in ["i-7", "i-8"]' in query


def test_an_actor_that_is_no_instance_gets_into_no_query() -> None:
    events = (EVENTS[0], replace(EVENTS[1], actor='agent:i-1" or 1 = 1'), *EVENTS[2:])
    aws = Aws(events=events)
    reading(aws).of(RENDER)
    assert not [body for body in aws.bodies if "1 = 1" in body]


LAUNCHES = tuple(activity(f"Launching a new EC2 instance: i-{n:03}", 600 - n, 600 - n) for n in range(100))


@pytest.mark.parametrize(
    ("aws", "unread"),
    [
        (lambda: Aws(decisions=DECISIONS[:1] * MOST_LINES), ["later scaler decisions"]),
        (lambda: Aws(activities=LAUNCHES), ["earlier scaling activities"]),
        (lambda: Aws(activities=[*LAUNCHES[:97], *ACTIVITIES]), []),
        (lambda: Aws(objects=200), ["later objects of"]),
        (lambda: Aws(objects=199), []),
    ],
    ids=["decisions", "activities", "activities since before", "objects", "few objects"],
)
def test_a_full_page_is_told(aws: Callable[[], Aws], unread: list[str]) -> None:
    found = {one.what for one in reading(aws()).of(RENDER).unread}
    assert [what[: len(one)] for what, one in zip(sorted(found), unread, strict=True)] == unread
