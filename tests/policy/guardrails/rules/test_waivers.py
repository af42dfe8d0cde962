"""Waivers: what makes one, when it ends, what it covers, and what the pack does with it."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from google.protobuf import json_format
from guardrails.pack.waivers import Malformed, Waiver, from_file, read
from pulumi.runtime.proto import analyzer_pb2

from cli.policy.diagnostics import Level
from cli.policy.pack import Pack
from tests.policy.cases import UNKNOWN, Case, clean, found, resource

FOR_INFORMATION = "For information: "
# A waiver may last a year and a day.
END = datetime.now(UTC).date() + timedelta(days=300)
GOOD = {
    "rule": "vpc-flow-logs",
    "resource": "main",
    "reason": "Flow logs follow with the new account.",
    "owner": "platform",
    "expires": str(END),
}
VPC = resource("aws:ec2/vpc:Vpc", "main")
WATCHED = (
    resource("aws:ec2/vpc:Vpc", "main", urn="vpc"),
    resource("aws:ec2/flowLog:FlowLog", links={"vpcId": ("vpc",)}),
)


def without(key: str) -> dict[str, str]:
    return {name: value for name, value in GOOD.items() if name != key}


RULE = "waiver-valid"
CASES: list[Case] = [
    clean(RULE, "none", VPC),
    clean(RULE, "in force and needed", VPC, waivers=[GOOD]),
    clean(RULE, "by URN", VPC, waivers=[{**GOOD, "resource": "*aws:ec2/vpc:Vpc::main"}]),
    clean(
        RULE,
        "of a resource rule",
        resource("aws:sqs/queue:Queue", "q", sqsManagedSseEnabled=False),
        waivers=[{**GOOD, "rule": "sqs-sse", "resource": "q"}],
    ),
    clean(
        RULE,
        "undecided",
        resource("aws:sqs/queue:Queue", "q", sqsManagedSseEnabled=UNKNOWN),
        waivers=[{**GOOD, "rule": "sqs-sse", "resource": "q"}],
    ),
    found(
        RULE, "run out", VPC, waivers=[{**GOOD, "expires": "2020-01-31"}], mentions="ran out on 2020-01-31"
    ),
    found(RULE, "no such resource", VPC, waivers=[{**GOOD, "resource": "other"}], mentions=FOR_INFORMATION),
    found(RULE, "mended", *WATCHED, waivers=[GOOD], mentions="excuses nothing anymore"),
    found(
        RULE,
        "another type",
        resource("aws:s3/bucket:Bucket", "main"),
        waivers=[GOOD],
        mentions="excuses nothing anymore",
    ),
    found(RULE, "no such rule", VPC, waivers=[{**GOOD, "rule": "flow-logs"}], mentions="names no rule"),
    found(RULE, "itself", VPC, waivers=[{**GOOD, "rule": RULE}], mentions="cannot be waived"),
    *(found(RULE, f"without {key}", VPC, waivers=[without(key)], mentions=f"lacks {key}") for key in GOOD),
    found(RULE, "an empty reason", VPC, waivers=[{**GOOD, "reason": " "}], mentions="lacks reason"),
    found(RULE, "a day with more", VPC, waivers=[{**GOOD, "expires": f"{END} or so"}], mentions="not a date"),
    found(RULE, "a number for a day", VPC, waivers=[{**GOOD, "expires": 29991231}], mentions="not a date"),
    found(RULE, "a day that is none", VPC, waivers=[{**GOOD, "expires": "soon"}], mentions="not a date"),
    found(
        RULE,
        "a day that the calendar lacks",
        VPC,
        waivers=[{**GOOD, "expires": "2027-02-30"}],
        mentions="expires is 2027-02-30, which is not a date",
    ),
    found(
        RULE,
        "a hundred years",
        VPC,
        waivers=[{**GOOD, "expires": "2126-12-31"}],
        mentions="it ends on 2126-12-31; a waiver may last 366 days",
    ),
    found(RULE, "a list for a text", VPC, waivers=[{**GOOD, "owner": ["a"]}], mentions="owner must be"),
    found(RULE, "a misspelt key", VPC, waivers=[{**GOOD, "ticket": "X-1"}], mentions="unknown keys ticket"),
    found(RULE, "twice", VPC, waivers=[GOOD, GOOD], mentions="is stated 2 times"),
    clean(
        RULE,
        "of another stack",
        resource("aws:ec2/vpc:Vpc", "main", urn="urn:pulumi:dev::clip-it::aws:ec2/vpc:Vpc::main"),
        waivers=[{**GOOD, "resource": "urn:pulumi:prod::*::main"}],
    ),
    found(
        RULE,
        "of this stack and no such resource",
        resource("aws:ec2/vpc:Vpc", "main", urn="urn:pulumi:dev::clip-it::aws:ec2/vpc:Vpc::main"),
        waivers=[{**GOOD, "resource": "urn:pulumi:d*::*::other"}],
        mentions="excuses nothing anymore",
    ),
    found(RULE, "not a mapping", VPC, waivers=["vpc-flow-logs"], mentions="excuses nothing"),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_waiver(case: Case, try_case: Callable[[Case], None]):
    try_case(case)


def test_a_waiver_holds_through_its_last_day():
    (waiver,), _ = read([{**GOOD, "expires": END}])
    assert waiver.in_force(END)
    assert not waiver.in_force(END + timedelta(days=1))


@pytest.mark.parametrize(
    ("glob", "covered"),
    [
        ("main", True),
        ("ma*", True),
        ("*", True),
        ("urn:*::main", True),
        ("*Vpc::main", True),
        ("Main", False),
        ("mai", False),
    ],
)
def test_a_glob_meets_the_urn_or_its_last_part(glob: str, covered: bool):
    (waiver,), _ = read([{**GOOD, "resource": glob}])
    assert waiver.covers("vpc-flow-logs", "urn:pulumi:prod::clip-it::aws:ec2/vpc:Vpc::main") is covered
    assert not waiver.covers("alb-waf", "urn:pulumi:prod::clip-it::aws:ec2/vpc:Vpc::main")


def test_a_file_may_be_absent_empty_or_broken(tmp_path: Path):
    path = tmp_path / "waivers.yaml"
    assert from_file(path) == []
    path.write_text("")
    assert from_file(path) == []
    path.write_text("waivers:\n  - rule: [")
    _, (malformed,) = read(from_file(path))
    assert isinstance(malformed, Malformed)
    assert "not YAML" in malformed.problem


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("waiver: []\n", "has the keys waiver; it must have only waivers"),
        ("waivers: []\nversion: 1\n", "has the keys waivers, version"),
        ("{}", "has the keys none"),
        ("hello", "waivers.yaml must hold a list of waivers, and holds hello"),
        ("3", "must hold a list of waivers"),
        ("waivers: soon", "must hold a list of waivers, and holds soon"),
        ("waivers:\n  rule: a\n", "must hold a list of waivers"),
        ("- hello\n", "it is not a mapping"),
    ],
)
def test_a_file_with_other_keys_is_refused_and_not_taken_for_empty(tmp_path: Path, text: str, problem: str):
    path = tmp_path / "waivers.yaml"
    path.write_text(text)
    _, (malformed,) = read(from_file(path))
    assert problem in malformed.problem


@pytest.mark.parametrize(
    ("text", "key", "lines"),
    [
        ("waivers:\n- rule: a\nwaivers: []\n", "waivers", "1 and 3"),
        ("waivers:\n- rule: a\n  expires: 2027-01-31\n  'expires': 2027-12-31\n", "expires", "3 and 4"),
        ("waivers:\n- &one {rule: a}\n- *one\n- {rule: b, owner: c, owner: d}\n", "owner", "4 and 4"),
    ],
    ids=["at the top", "in a waiver", "on one line"],
)
def test_a_file_that_states_a_key_twice_excuses_nothing_and_says_where(
    tmp_path: Path, text: str, key: str, lines: str
):
    path = tmp_path / "waivers.yaml"
    path.write_text(text)
    good, (malformed,) = read(from_file(path))
    assert good == []
    assert f"waivers.yaml: {key} appears more than once, on lines {lines}" in malformed.problem


def test_a_file_may_name_one_mapping_from_several_places(tmp_path: Path):
    path = tmp_path / "waivers.yaml"
    path.write_text(
        f"waivers:\n- &one {{rule: a, resource: b, reason: c, owner: d, expires: {END}}}\n"
        "- {<<: *one, rule: e}\n- *one\n"
    )
    assert [waiver.rule for waiver in read(from_file(path))[0]] == ["a", "e", "a"]


# What a YAML reader raises for values alone: for dates, numbers, tags, keys, nesting and references.
WRITTEN = {
    "a date that the calendar lacks": "expires: 2027-02-30",
    "an hour that the day lacks": "expires: 2027-01-01T25:00:00",
    "an offset beyond a day": "expires: 2001-12-14t21:59:43.10-99:99",
    "a number of 6,000 digits": "expires: " + "9" * 6000,
    "a list that holds itself": "owner: &a [*a]",
    "a mapping that holds itself": "owner: &a {b: *a}",
    "a mapping that merges itself": "<<: &a {<<: *a}",
    "a merge of no mapping": "<<: 3",
    "a tag of Python": "owner: !!python/object/apply:os.system [ls]",
    "a tag that nobody knows": "owner: !secret x",
    "a number that is none": "owner: !!int x",
    "a date that is none": "expires: !!timestamp soon",
    "a mapping as a key": "{a: 1}: 2",
    "a reference to nothing": "owner: *nobody",
    "a character that YAML lacks": "owner: \x00",
    "a hundred thousand copies": "o: &o [x]\n    p: &p [*o,*o,*o,*o,*o,*o,*o,*o,*o,*o]\n"
    "    q: &q [*p,*p,*p,*p,*p,*p,*p,*p,*p,*p]\n    owner: [*q,*q,*q,*q,*q,*q,*q,*q,*q,*q]",
    "nesting": "owner: " + "[" * 3000 + "]" * 3000,
}


@pytest.mark.parametrize("line", WRITTEN.values(), ids=WRITTEN)
def test_no_value_in_the_file_ends_the_pack(tmp_path: Path, line: str):
    path = tmp_path / "waivers.yaml"
    path.write_text(f"waivers:\n  - rule: a\n    {line}\n")
    good, (malformed,) = read(from_file(path))
    assert good == []
    assert 10 < len(malformed.problem) < 300


def test_a_file_in_another_encoding_is_refused(tmp_path: Path):
    path = tmp_path / "waivers.yaml"
    path.write_bytes("waivers: [für]".encode("latin-1"))
    _, (malformed,) = read(from_file(path))
    assert "not encoded in UTF-8" in malformed.problem


def test_what_is_no_file_is_refused(tmp_path: Path):
    _, (malformed,) = read(from_file(tmp_path))
    assert "cannot be read" in malformed.problem


def test_a_reason_over_several_lines_is_shown_on_one():
    (waiver,), _ = read([{**GOOD, "reason": "Flow logs\n  follow.\n"}])
    assert waiver.note() == f"Waived until {END} by platform (Flow logs follow): "


def test_a_date_in_yaml_is_a_date(tmp_path: Path):
    path = tmp_path / "waivers.yaml"
    path.write_text(f"waivers:\n- {{rule: a, resource: b, reason: c, owner: d, expires: {END}}}\n")
    (waiver,), bad = read(from_file(path))
    assert isinstance(waiver, Waiver)
    assert (waiver.expires, bad) == (END, [])


@pytest.mark.parametrize("time", ["T10:00:00Z", "t10:00", " 10:00:00 +01:00", " 23:59:59.5"])
def test_a_point_in_time_counts_as_its_day(time: str):
    (waiver,), _ = read([{**GOOD, "expires": f"{END}{time}"}])
    assert waiver.expires == END


@pytest.mark.parametrize("time", ["T99:99:99Z", "T", " soon", "T10:00:00+99:99"])
def test_a_time_that_the_day_lacks_is_refused(time: str):
    good, (malformed,) = read([{**GOOD, "expires": f"{END}{time}"}])
    assert good == []
    assert "which is not a date" in malformed.problem


@pytest.fixture
def waived(pack: Pack) -> Iterator[Pack]:
    """The pack with a queue's encryption and a network's flow logs waived."""
    waivers = [{**GOOD, "rule": "sqs-sse", "resource": "q"}, GOOD, {**GOOD, "resource": "nothing"}]
    pack.configure({"waiver-valid": {"waivers": waivers}, "sqs-sse": "remediate"})
    yield pack
    pack.configure({})


def asked(kind: str, name: str) -> analyzer_pb2.AnalyzeRequest:
    request = analyzer_pb2.AnalyzeRequest(
        type=kind, name=name, urn=f"urn:pulumi:dev::clip-it::{kind}::{name}"
    )
    return json_format.ParseDict({"properties": {"sqsManagedSseEnabled": False}}, request)


def test_a_waived_finding_is_shown_as_advice_with_reason_owner_and_end(waived: Pack):
    (said,) = [it for it in waived.analyze(asked("aws:sqs/queue:Queue", "q")) if it.policy == "sqs-sse"]
    assert said.level is Level.ADVISORY
    assert said.finding.startswith(
        f"Waived until {END} by platform (Flow logs follow with the new account): q: "
    )


def test_another_resource_is_not_excused(waived: Pack):
    (said,) = [it for it in waived.analyze(asked("aws:sqs/queue:Queue", "p")) if it.policy == "sqs-sse"]
    assert said.level is Level.MANDATORY


def test_what_is_waived_is_not_mended_either(waived: Pack):
    assert not waived.remediate(asked("aws:sqs/queue:Queue", "q")).remediations
    assert waived.remediate(asked("aws:sqs/queue:Queue", "p")).remediations


def test_a_stack_finding_is_excused_and_an_unused_waiver_is_only_mentioned(waived: Pack):
    kind = "aws:ec2/vpc:Vpc"
    vpc = analyzer_pb2.AnalyzerResource(type=kind, name="main", urn=f"urn:pulumi:dev::clip-it::{kind}::main")
    queue = analyzer_pb2.AnalyzerResource(
        type="aws:sqs/queue:Queue", name="q", urn="urn:pulumi:dev::clip-it::aws:sqs/queue:Queue::q"
    )
    said = {
        it.policy: it for it in waived.analyze_stack([vpc, queue]) if it.policy in {"vpc-flow-logs", RULE}
    }
    assert said["vpc-flow-logs"].level is Level.ADVISORY
    assert said[RULE].level is Level.ADVISORY
    assert "nothing excuses nothing anymore" in said[RULE].finding


def test_a_waiver_that_ran_out_excuses_nothing(pack: Pack):
    pack.configure(
        {"waiver-valid": {"waivers": [{**GOOD, "rule": "sqs-sse", "resource": "q", "expires": "2020-01-01"}]}}
    )
    try:
        (said,) = [it for it in pack.analyze(asked("aws:sqs/queue:Queue", "q")) if it.policy == "sqs-sse"]
        assert said.level is Level.MANDATORY
        (judged,) = [it for it in pack.analyze_stack([]) if it.policy == RULE]
        assert judged.level is Level.MANDATORY
    finally:
        pack.configure({})


@pytest.fixture
def under(pack: Pack) -> Iterator[Callable[..., None]]:
    """Configure the pack with waivers and levels; it is as before when the test ends."""

    def configure(*waivers: dict[str, str], **levels: object) -> None:
        named = {rule.replace("_", "-"): stated for rule, stated in levels.items()}
        pack.configure({"waiver-valid": {"waivers": list(waivers)}, **named})

    yield configure
    pack.configure({})


def stack_of(kind: str, name: str, props: dict[str, object]) -> list[analyzer_pb2.AnalyzerResource]:
    made = analyzer_pb2.AnalyzerResource(type=kind, name=name, urn=f"urn:pulumi:dev::clip-it::{kind}::{name}")
    return [json_format.ParseDict({"properties": props}, made)]


FOR_INFORMATION = "For information: "
LOGS = "aws:cloudwatch/logGroup:LogGroup"


def test_a_waiver_is_needed_when_the_rule_finds_something_under_the_options_of_the_stack(
    pack: Pack, under: Callable[..., None]
):
    under({**GOOD, "rule": "log-retention", "resource": "logs"}, log_retention={"minimumDays": 400})
    said = pack.analyze_stack(stack_of(LOGS, "logs", {"retentionInDays": 365}))
    assert RULE not in {it.policy for it in said}


def test_a_waiver_of_a_rule_that_is_disabled_here_is_not_called_unneeded(
    pack: Pack, under: Callable[..., None]
):
    under({**GOOD, "rule": "log-retention", "resource": "logs"}, log_retention="disabled")
    said = pack.analyze_stack(stack_of(LOGS, "logs", {"retentionInDays": 365}))
    assert RULE not in {it.policy for it in said}


def test_what_a_rule_cannot_decide_is_excused_as_what_it_finds(pack: Pack, under: Callable[..., None]):
    under({**GOOD, "rule": "log-retention", "resource": "logs"})
    request = analyzer_pb2.AnalyzeRequest(
        type=LOGS, name="logs", urn=f"urn:pulumi:dev::clip-it::{LOGS}::logs"
    )
    request.properties["retentionInDays"] = UNKNOWN
    (said,) = [it for it in pack.analyze(request) if it.policy == "log-retention"]
    assert not said.undecided
    assert said.finding.startswith(f"Waived until {END} by platform")
    assert "can't run policy" in said.finding


@pytest.mark.parametrize("name", [FOR_INFORMATION, f"the stack: {FOR_INFORMATION}", "Waived until 2999: "])
def test_no_name_of_a_resource_turns_a_violation_into_advice(pack: Pack, name: str):
    (said,) = [it for it in pack.analyze(asked("aws:sqs/queue:Queue", name)) if it.policy == "sqs-sse"]
    assert said.level is Level.MANDATORY


def test_a_waiver_that_ran_out_stays_a_violation_whatever_it_speaks_of(
    pack: Pack, under: Callable[..., None]
):
    under({**GOOD, "resource": FOR_INFORMATION, "expires": "2020-01-01"})
    (said,) = [it for it in pack.analyze_stack([]) if it.policy == RULE]
    assert said.level is Level.MANDATORY


def test_the_day_of_the_expiry_ends_everywhere_at_once_in_utc(pack: Pack, under: Callable[..., None]):
    now = datetime.now(UTC)
    waivers = [
        {**GOOD, "rule": "sqs-sse", "resource": name, "expires": str((now + timedelta(days=days)).date())}
        for name, days in (("yesterday", -1), ("tomorrow", 1))
    ]
    under(*waivers)
    levels = {}
    for name in ("yesterday", "tomorrow"):
        said = pack.analyze(asked("aws:sqs/queue:Queue", name))
        levels[name] = next(it.level for it in said if it.policy == "sqs-sse")
    assert levels == {"yesterday": Level.MANDATORY, "tomorrow": Level.ADVISORY}
