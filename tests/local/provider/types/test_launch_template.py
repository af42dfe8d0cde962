"""Launch templates, against moto."""

import pytest

from local.provider.operations import Found
from local.provider.values import UNKNOWN

TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
GIVEN = {
    "imageId": "ami-12c6146b",
    "description": "first",
    "updateDefaultVersion": True,
    "instanceInitiatedShutdownBehavior": "terminate",
    "metadataOptions": {"httpEndpoint": "enabled", "httpTokens": "required", "httpPutResponseHopLimit": 1},
    "monitoring": {"enabled": True},
    "blockDeviceMappings": [
        {"deviceName": "/dev/xvda", "ebs": {"volumeSize": 8, "encrypted": "true", "volumeType": "gp3"}}
    ],
    "networkInterfaces": [
        {"deviceIndex": 0, "associatePublicIpAddress": "false", "securityGroups": ["sg-1"]}
    ],
    "tagSpecifications": [{"resourceType": "instance", "tags": {"Project": "p"}}],
    "tags": {"a": "1"},
}


@pytest.fixture
def template(stack):
    made = stack.create(TEMPLATE, dict(GIVEN))
    yield made
    stack.operations.delete(made.urn, made.id, made.outputs)


def test_a_template_begins_with_version_one_and_goes_away(stack, template):
    assert template.outputs["latestVersion"] == 1
    stack.delete(template)


def test_a_change_is_a_new_version_and_the_default_one(stack, template):
    changed = stack.update(template, description="second", instanceType="c7i.large")

    assert (changed.outputs["latestVersion"], changed.outputs["defaultVersion"]) == (2, 2)


def test_a_change_of_tags_is_no_new_version(stack, template):
    assert stack.update(template, tags={"b": "2"}).outputs["latestVersion"] == 1


def test_an_earlier_default_stays_when_the_program_wants_it_so(stack):
    template = stack.create(TEMPLATE, {**GIVEN, "updateDefaultVersion": False}, name="kept")
    changed = stack.update(template, imageId="ami-1")

    assert (changed.outputs["latestVersion"], changed.outputs["defaultVersion"]) == (2, 1)
    stack.delete(changed)


def test_a_previewed_change_does_not_pretend_to_know_the_next_version(stack, template):
    state = Found(id=template.id, outputs=template.outputs, inputs=template.inputs)
    new = {**template.inputs, "imageId": "ami-1"}
    previewed = stack.operations.update(template.urn, state, new, preview=True)

    assert previewed["latestVersion"] is UNKNOWN
    assert previewed["arn"] == template.outputs["arn"]


def test_a_version_made_by_hand_is_drift(stack, template):
    data = {"ImageId": "ami-by-hand"}
    stack.aws.call(
        "ec2", "create_launch_template_version", LaunchTemplateId=template.id, LaunchTemplateData=data
    )

    assert stack.drift(template)["imageId"] == "ami-by-hand"


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({"vpcSecurityGroupIds": ["sg-1"], "networkInterfaces": [{}]}, "vpcSecurityGroupIds"),
        ({"tagSpecifications": [{"resourceType": "instances"}]}, "tagSpecifications[0].resourceType"),
        ({"metadataOptions": {"httpTokens": "yes"}}, "metadataOptions.httpTokens"),
        ({"instanceInitiatedShutdownBehavior": "sleep"}, "instanceInitiatedShutdownBehavior"),
        ({"name": "ab"}, "name"),
    ],
    ids=["groups twice", "kind", "tokens", "shutdown", "name"],
)
def test_a_template_that_cannot_be_is_refused(stack, given, wrong):
    assert set(stack.refusals(TEMPLATE, given)) == {wrong}
