"""The Pulumi CLI's event log as progress: components, refusals, errors."""

from collections.abc import Mapping

import pytest

from local.stack.pulumi_events import Progress, component_of, plain

STACK = "urn:pulumi:local::clip-it::pulumi:pulumi:Stack::clip-it-local"
STORE = "urn:pulumi:local::clip-it::clip-it:job_store:JobStore::job-store"
TABLE = "urn:pulumi:local::clip-it::clip-it:job_store:JobStore$aws:dynamodb/table:Table::jobs"


def resource(kind: str, urn: str = TABLE, operation: str = "create") -> Mapping[str, object]:
    return {kind: {"metadata": {"op": operation, "urn": urn, "type": "t", "new": {"parent": STORE}}}}


def heard(*events: Mapping[str, object]) -> Progress:
    progress = Progress()
    for event in events:
        progress.add(event)
    return progress


def test_resources_are_counted_for_their_component() -> None:
    progress = heard(resource("resourcePreEvent"), resource("resourcePreEvent"), resource("resOutputsEvent"))
    component = progress.components["job-store"]
    assert (component.started, component.done) == (2, 1)


def test_hearing_tells_which_component_has_news() -> None:
    assert Progress().add(resource("resourcePreEvent")) == "job-store"


@pytest.mark.parametrize("operation", ["same", "read", "refresh"])
def test_what_does_not_change_is_not_counted(operation: str) -> None:
    assert heard(resource("resOutputsEvent", operation=operation)).components == {}


@pytest.mark.parametrize("urn", [STACK, STORE, "urn:pulumi:local::clip-it::pulumi:providers:aws::aws"])
def test_stack_components_and_providers_are_no_resources_of_a_component(urn: str) -> None:
    assert component_of(urn, {"new": {"parent": STACK}}) is None


def test_a_mandatory_violation_is_kept_with_rule_resource_and_message() -> None:
    event = {
        "resourceUrn": TABLE,
        "message": "<{%reset%}>The table has no owner.<{%reset%}>\n",
        "policyName": "required-tags",
        "enforcementLevel": "mandatory",
    }
    assert heard({"policyEvent": event}).violations == ["required-tags (jobs): The table has no owner."]


def test_an_advisory_finding_refuses_nothing() -> None:
    event = {"policyName": "dynamodb-durable", "enforcementLevel": "advisory", "message": "m"}
    assert heard({"policyEvent": event}).violations == []


def test_an_error_names_its_resource() -> None:
    event = {"urn": TABLE, "severity": "error", "message": "\x1b[31mrefused\x1b[0m"}
    assert heard({"diagnosticEvent": event}).errors == ["jobs: refused"]


def test_what_the_program_writes_to_standard_error_is_kept_apart() -> None:
    progress = heard({"diagnosticEvent": {"severity": "info#err", "message": "Traceback"}})
    assert (progress.messages, progress.errors) == (["Traceback"], [])


def test_an_operation_that_fails_is_an_error() -> None:
    assert heard(resource("resOpFailedEvent")).errors == ["jobs: the operation failed"]


def test_the_summary_tells_what_has_changed() -> None:
    assert heard({"summaryEvent": {"resourceChanges": {"create": 3, "same": 1}}}).changes == {
        "create": 3,
        "same": 1,
    }


def test_an_event_of_another_kind_changes_nothing() -> None:
    assert heard({"preludeEvent": {"config": {}}}) == Progress()


def test_colors_are_taken_out() -> None:
    assert plain("<{%fg 1%}>red<{%reset%}> \x1b[1mbold\x1b[0m\n") == "red bold"
