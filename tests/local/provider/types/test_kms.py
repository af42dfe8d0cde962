"""Keys and aliases, against moto."""

import json

KEY, ALIAS = "aws:kms/key:Key", "aws:kms/alias:Alias"
OWN = {
    "Effect": "Allow",
    "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
    "Action": "kms:*",
    "Resource": "*",
}
POLICY = json.dumps({"Version": "2012-10-17", "Statement": [OWN]})
GIVEN = {"description": "content", "enableKeyRotation": True, "deletionWindowInDays": 7, "policy": POLICY}


def test_a_key_waits_for_its_deletion_and_counts_as_gone(stack):
    key = stack.create(KEY, {**GIVEN, "tags": {"a": "1"}})
    stack.delete(key)

    found = stack.aws.call("kms", "describe_key", KeyId=key.id).block("KeyMetadata")
    assert found.text("KeyState") == "PendingDeletion"


def test_description_rotation_policy_and_tags_of_a_key_change_in_place(stack):
    key = stack.create(KEY, {**GIVEN, "tags": {"a": "1"}})
    other = json.dumps({"Version": "2012-10-17", "Statement": [{**OWN, "Sid": "own"}]})

    stack.update(
        key, description="d", enableKeyRotation=False, policy=other, tags={"b": "2"}, isEnabled=False
    )


def test_rotation_switched_off_by_hand_is_drift(stack):
    key = stack.create(KEY, GIVEN)
    stack.aws.call("kms", "disable_key_rotation", KeyId=key.id)

    assert stack.drift(key) == {"enableKeyRotation": False}


def test_an_alias_moves_from_key_to_key(stack):
    one, two = stack.create(KEY, GIVEN), stack.create(KEY, GIVEN, name="two")
    alias = stack.create(ALIAS, {"name": "alias/clip-it", "targetKeyId": one.outputs["arn"]})
    moved = stack.update(alias, targetKeyId=two.id)
    stack.aws.call("kms", "update_alias", AliasName="alias/clip-it", TargetKeyId=one.id)

    assert moved.outputs["targetKeyArn"] == two.outputs["arn"]
    assert stack.drift(moved) == {"targetKeyId": one.id}
    stack.delete(moved)


def test_names_and_waits_that_the_api_refuses_are_refused(stack):
    assert set(stack.refusals(ALIAS, {"name": "clip-it", "targetKeyId": "k"})) == {"name"}
    assert set(stack.refusals(KEY, {"deletionWindowInDays": 6})) == {"deletionWindowInDays"}
