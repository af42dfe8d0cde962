"""Reports: what each form says about violations, open questions, waivers and advice.

The SARIF schema beside this file is written after the 2.1.0 standard: the objects that are used, closed.
"""

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import jsonschema
import pytest

from cli.audit import event_log, junit, markdown, sarif, tables
from cli.audit.report import Report, in_force
from cli.audit.verdict import Diagnostic, Level

SCHEMA = json.loads((Path(__file__).parent / "sarif-2.1.0.subset.schema.json").read_text())
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


EVERYTHING = report(VIOLATION, UNDECIDED, WAIVED, ADVICE)


def test_a_report_passes_when_nothing_binds():
    assert report(WAIVED, ADVICE).passed
    assert not report(VIOLATION).passed


def test_an_open_question_of_a_binding_policy_fails_and_of_an_advisory_one_does_not():
    assert not report(UNDECIDED).passed
    open_advice = Diagnostic(policy="lt-detailed-monitoring", level=Level.ADVISORY, message=UNDECIDED.message)
    assert report(open_advice).passed


def test_each_diagnostic_is_counted_once():
    assert EVERYTHING.summary() == "prod: FAILED; 1 violations, 1 undecided, 1 waived, 1 advisory"


@pytest.mark.parametrize("found", [report(), EVERYTHING], ids=["clean", "everything"])
def test_sarif_satisfies_its_schema(found: Report):
    document = json.loads(sarif.render(found))
    jsonschema.Draft7Validator.check_schema(SCHEMA)
    jsonschema.validate(document, SCHEMA)
    assert document["runs"][0]["tool"]["driver"]["rules"][0]["id"] == "required-tags"


def test_the_sarif_schema_refuses_what_is_not_sarif():
    document = json.loads(sarif.render(EVERYTHING))
    document["runs"][0]["results"][0]["rule"] = "sqs-sse"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, SCHEMA)


def test_sarif_points_each_result_at_its_rule_and_resource():
    run = json.loads(sarif.render(EVERYTHING))["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    violation, undecided, waived, advice = run["results"]
    assert [rules[each["ruleIndex"]]["id"] for each in run["results"]] == [
        each["ruleId"] for each in run["results"]
    ]
    assert [each["level"] for each in (violation, undecided, waived, advice)] == [
        "error",
        "warning",
        "note",
        "note",
    ]
    assert violation["locations"][0]["logicalLocations"][0]["fullyQualifiedName"] == URN
    assert waived["suppressions"][0]["justification"] == "Waived until 2027-01-31 by platform (later)"
    assert "suppressions" not in violation


def test_junit_has_a_case_for_each_rule_and_fails_those_that_bind():
    suite = ET.fromstring(junit.render(EVERYTHING)).find("testsuite")  # noqa: S314 - made two lines above
    assert suite is not None
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("89", "1", "1")
    failed = [case.get("name") for case in suite if case.find("failure") is not None]
    assert failed == ["sqs-sse"]
    skipped = [case.get("name") for case in suite if case.find("skipped") is not None]
    assert skipped == ["sg-egress"]


def test_junit_carries_any_text_and_policies_that_it_does_not_know():
    odd = said("somebody-elses", Level.MANDATORY, "<&>\"'\x00\x1b]]>")
    suite = ET.fromstring(junit.render(report(odd, ADVICE))).find("testsuite")  # noqa: S314 - made two lines above
    assert suite is not None
    assert suite.get("tests") == "90"


def test_markdown_names_rule_resource_and_finding_in_a_table_that_holds():
    text = markdown.render(EVERYTHING)
    assert "## Policies: failed" in text
    cells = "| high | `renders` | renders: keeps messages unencrypted \\| plainly. |"
    assert f"| [sqs-sse](docs/policies.md#sqs-sse) {cells}" in text
    for title in (
        "Violations (1)",
        "Could not be decided before the deployment (1)",
        "Waived (1)",
        "Advice (1)",
    ):
        assert title in text


def test_markdown_of_a_clean_report_is_short():
    assert markdown.render(report()).count("\n") <= 5


def test_text_begins_with_the_gravest():
    lines = tables.report_as_text(EVERYTHING, more="7 resources").splitlines()
    assert [line.split(":")[0] for line in lines] == ["violation", "undecided", "waived", "advice", "prod"]
    assert lines[-1].endswith("7 resources; 89 rules")


EVENT = {
    "policyEvent": {
        "policyName": "sqs-sse",
        "enforcementLevel": "mandatory",
        "message": "<{%reset%}>A description.\nrenders: keeps messages unencrypted.<{%reset%}>\n",
        "resourceUrn": URN,
        "severity": "medium",
    }
}


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(json.dumps(event) for event in ({"preludeEvent": {}}, EVENT, {"summaryEvent": {}})),
        json.dumps({"events": [EVENT]}),
        json.dumps([EVENT]),
        json.dumps(EVENT, indent=2),
    ],
    ids=["lines", "object", "list", "one"],
)
def test_policy_events_are_read_from_any_form_of_log(text: str):
    (found,) = event_log.diagnostics(text)
    assert found.policy == "sqs-sse"
    assert found.level is Level.MANDATORY
    assert found.finding == "renders: keeps messages unencrypted."
    assert (found.resource, found.resource_type) == ("renders", "aws:sqs/queue:Queue")


def test_what_is_no_event_log_is_refused():
    with pytest.raises(event_log.EventLogError, match="no JSON"):
        event_log.diagnostics("Previewing update (dev)")


def test_a_level_that_the_engine_calls_warning_is_advice():
    event = {"policyEvent": {**EVENT["policyEvent"], "enforcementLevel": "warning"}}
    assert event_log.diagnostics(json.dumps(event))[0].level is Level.ADVISORY


def test_every_part_of_a_levels_file_reaches_the_report():
    policies = tables.policies()
    levels = in_force({"all": "disabled", "sqs-sse": {"minimum": 1}, "log-retention": "advisory"}, policies)
    assert levels["sqs-sse"] is Level.DISABLED
    assert levels["log-retention"] is Level.ADVISORY
    assert levels["iam-no-star"] is Level.DISABLED
