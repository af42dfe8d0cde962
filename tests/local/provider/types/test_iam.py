"""Roles, policies and profiles, against moto."""

import json

import pytest

ROLE, ROLE_POLICY = "aws:iam/role:Role", "aws:iam/rolePolicy:RolePolicy"
PROFILE = "aws:iam/instanceProfile:InstanceProfile"


def document(**statement):
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]})


TRUST = document(Action="sts:AssumeRole", Principal={"Service": "ec2.amazonaws.com"})
READ = document(Action=["s3:GetObject"], Resource="*")
WRITE = document(Action=["s3:PutObject"], Resource=["arn:aws:s3:::bucket/*"])


@pytest.fixture
def role(stack):
    return stack.create(ROLE, {"assumeRolePolicy": TRUST, "description": "d", "tags": {"a": "1"}})


def test_a_role_has_an_arn_and_goes_away(stack, role):
    assert role.outputs["arn"] == f"arn:aws:iam::123456789012:role/{role.id}"
    stack.delete(role)


def test_trust_description_and_tags_of_a_role_change_in_place(stack, role):
    trust = document(Action="sts:AssumeRole", Principal={"Service": "lambda.amazonaws.com"})
    changed = stack.update(role, assumeRolePolicy=trust, description="e", maxSessionDuration=7200)
    stack.update(changed, tags={"b": "2"})


def test_trust_changed_by_hand_is_drift(stack, role):
    trust = document(Action="sts:AssumeRole", Principal="*")
    stack.aws.call("iam", "update_assume_role_policy", RoleName=role.id, PolicyDocument=trust)

    drifted = stack.drift(role)
    assert json.loads(str(drifted["assumeRolePolicy"])) == json.loads(trust)


def test_a_role_policy_belongs_to_its_role(stack, role):
    policy = stack.create(ROLE_POLICY, {"role": role.id, "policy": READ})
    changed = stack.update(policy, policy=WRITE)
    name = str(policy.outputs["name"])
    stack.aws.call("iam", "put_role_policy", RoleName=role.id, PolicyName=name, PolicyDocument=READ)

    assert set(stack.drift(changed)) == {"policy"}
    stack.delete(changed)


def test_a_profile_hands_out_one_role_at_a_time(stack, role):
    profile = stack.create(PROFILE, {"role": role.id, "tags": {"a": "1"}})
    other = stack.create(ROLE, {"assumeRolePolicy": TRUST}, name="other")

    changed = stack.update(profile, role=other.id, tags={"b": "2"})
    stack.delete(changed)
    stack.delete(role)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "is not JSON"),
        ("[]", "is not a policy document"),
        (document(Action="s3:GetObject"), "has no Resource"),
        (document(Action="s3:GetObject", Resource="bucket"), "is no ARN"),
        (document(Action="GetObject", Resource="*"), "service:Action"),
        (document(Actions="s3:GetObject", Resource="*"), "unknown element 'Actions'"),
        (document(Effect="Permit", Action="s3:GetObject", Resource="*"), "'Permit'"),
        (json.dumps({"Statement": [], "Statements": []}), "unknown element 'Statements'"),
    ],
    ids=["text", "list", "resource", "name", "action", "misspelt", "effect", "top level"],
)
def test_a_policy_that_the_api_would_refuse_is_refused(stack, text, said):
    given = {"role": "r", "policy": text}

    assert said in " ".join(stack.refusals(ROLE_POLICY, given).values())


def test_trust_without_a_principal_is_refused(stack):
    given = {"assumeRolePolicy": document(Action="sts:AssumeRole")}

    assert "has no Principal" in stack.refusals(ROLE, given)["assumeRolePolicy"]


def test_a_role_whose_invented_name_is_too_long_is_refused(stack):
    reason = stack.refusals(ROLE, {"assumeRolePolicy": TRUST, "name": "r" * 65})["name"]

    assert "65 characters, at most 64" in reason
