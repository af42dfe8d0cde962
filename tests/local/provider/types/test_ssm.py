"""Systems Manager documents, parameters and associations, against the emulator."""

import json

import pytest

from local.provider.types.aws import RefusedError
from local.provider.values import UNKNOWN, Secret

DOCUMENT, PARAMETER = "aws:ssm/document:Document", "aws:ssm/parameter:Parameter"
ASSOCIATION = "aws:ssm/association:Association"


def content(step="one"):
    steps = [{"action": "aws:runShellScript", "name": step, "inputs": {"runCommand": ["true"]}}]
    return json.dumps({"schemaVersion": "2.2", "description": "d", "mainSteps": steps})


@pytest.fixture
def document(stack):
    return stack.create(
        DOCUMENT, {"name": "bootstrap", "documentType": "Command", "content": content(), "tags": {"a": "1"}}
    )


def test_a_document_begins_with_version_one_and_goes_away(stack, document):
    assert document.outputs["latestVersion"] == "1"
    stack.delete(document)


def test_new_content_is_a_new_default_version(stack, document):
    changed = stack.update(document, content=content("two"))

    assert (changed.outputs["latestVersion"], changed.outputs["defaultVersion"]) == ("2", "2")
    stack.update(changed, tags={"b": "2"})


def test_only_what_makes_a_new_version_is_unknown_in_a_preview(stack, document):
    assert stack.previewed(document, tags={"b": "2"})["latestVersion"] == "1"
    assert stack.previewed(document, content=content("two"))["latestVersion"] is UNKNOWN


def test_content_changed_by_hand_is_drift(stack, document):
    stack.aws.call(
        "ssm", "update_document", Name="bootstrap", Content=content("x"), DocumentVersion="$LATEST"
    )

    assert json.loads(str(stack.drift(document)["content"])) == json.loads(content("x"))


def test_a_document_returns_to_what_it_was_as_a_new_version(stack, document):
    returned = stack.update(stack.update(document, content=content("two")), content=content())

    assert (returned.outputs["latestVersion"], returned.outputs["defaultVersion"]) == ("3", "3")


def test_a_document_cannot_have_its_present_content_once_more(stack, document):
    with pytest.raises(RefusedError, match="DuplicateDocumentContent"):
        stack.aws.call(
            "ssm", "update_document", Name="bootstrap", Content=content(), DocumentVersion="$LATEST"
        )


def test_a_document_changed_by_hand_is_put_right(stack, document):
    stack.aws.call(
        "ssm", "update_document", Name="bootstrap", Content=content("x"), DocumentVersion="$LATEST"
    )

    found = stack.read(document)
    stack.operations.update(document.urn, found, document.inputs, preview=False)
    assert stack.drift(document) == {}


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"content": "{"}, "content"),
        ({"documentFormat": "YAML", "content": "steps: []"}, "content"),
        ({"name": "AWS-mine"}, "name"),
        ({"documentType": "Commands"}, "documentType"),
    ],
    ids=["json", "yaml", "name", "type"],
)
def test_a_document_that_cannot_be_is_refused(stack, change, wrong):
    given = {"name": "mine", "documentType": "Command", "content": content(), **change}

    assert set(stack.refusals(DOCUMENT, given)) == {wrong}


def test_the_value_of_a_parameter_is_secret_in_the_state(stack):
    made = stack.create(
        PARAMETER, {"name": "/clip-it/key", "type": "SecureString", "value": Secret("hidden")}
    )

    assert made.outputs["value"] == Secret("hidden")
    stack.delete(made)


def test_a_parameter_is_changed_in_place_and_drifts(stack):
    made = stack.create(PARAMETER, {"name": "/clip-it/a", "type": "String", "value": "1", "tags": {"a": "1"}})
    changed = stack.update(stack.update(made, value="2"), tags={"b": "2"})
    stack.aws.call("ssm", "put_parameter", Name="/clip-it/a", Value="3", Type="String", Overwrite=True)

    assert changed.outputs["version"] == 2
    assert stack.drift(changed) == {"value": "3"}


@pytest.mark.parametrize("name", ["/aws/mine", "ssm-mine", "a/b"])
def test_a_parameter_name_that_is_reserved_or_half_a_path_is_refused(stack, name):
    assert set(stack.refusals(PARAMETER, {"name": name, "type": "String", "value": "1"})) == {"name"}


@pytest.fixture
def given(document):
    return {
        "name": "bootstrap",
        "associationName": "cpu",
        "documentVersion": document.outputs["latestVersion"],
        "scheduleExpression": "rate(30 minutes)",
        "complianceSeverity": "CRITICAL",
        "applyOnlyAtCronInterval": False,
        "maxConcurrency": "50%",
        "targets": [{"key": "tag:Fleet", "values": ["cpu"]}],
        "parameters": {"AgentSha256": "abc"},
        "outputLocation": {"s3BucketName": "logs", "s3KeyPrefix": "bootstrap"},
    }


def test_an_association_is_changed_in_place_and_goes_away(stack, given):
    association = stack.create(ASSOCIATION, given)
    changed = stack.update(association, parameters={"AgentSha256": "def"}, scheduleExpression="rate(1 hour)")

    stack.delete(changed)


def test_an_association_changed_by_hand_is_drift(stack, given):
    association = stack.create(ASSOCIATION, given)
    more = {"Name": "bootstrap", "AssociationName": "cpu", "Parameters": {"AgentSha256": ["evil"]}}
    stack.aws.call("ssm", "update_association", AssociationId=association.id, **more)

    drift = stack.drift(association)
    assert drift["parameters"] == {"AgentSha256": "evil"}
    assert (drift["scheduleExpression"], drift["targets"]) == (None, None)  # an update clears the rest


@pytest.mark.parametrize("rate", ["rate(5 minutes)", "rate(1 minutes)", "rate(2 hour)", "often"])
def test_a_rate_that_state_manager_does_not_take_is_refused(stack, rate):
    assert set(stack.refusals(ASSOCIATION, {"name": "d", "scheduleExpression": rate})) == {
        "scheduleExpression"
    }
