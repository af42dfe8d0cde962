"""Identity providers, managed policies and attachments, against moto."""

import json

import pytest

PROVIDER = "aws:iam/openIdConnectProvider:OpenIdConnectProvider"
POLICY, ROLE = "aws:iam/policy:Policy", "aws:iam/role:Role"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"


def document(action):
    statement = {"Effect": "Allow", "Action": [action], "Resource": ["*"]}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
)


def test_a_provider_changes_its_audiences_and_tags_and_is_replaced_with_its_address(stack):
    given = {"url": "https://git.example.com", "clientIdLists": ["sts"], "tags": {"Project": "p"}}
    provider = stack.create(PROVIDER, given)
    assert provider.id == "arn:aws:iam::123456789012:oidc-provider/git.example.com"
    provider = stack.update(provider, clientIdLists=["other"], tags={"Owner": "o"})
    assert stack.replaces(provider, url="https://other.example.com")
    stack.delete(provider)


def test_an_audience_added_by_hand_is_drift(stack):
    provider = stack.create(PROVIDER, {"url": "https://git.example.com", "clientIdLists": ["sts"]})
    stack.aws.call(
        "iam",
        "add_client_id_to_open_id_connect_provider",
        OpenIDConnectProviderArn=provider.id,
        ClientID="stranger",
    )
    assert stack.drift(provider) == {"clientIdLists": ["sts", "stranger"]}


def test_a_policy_takes_any_number_of_changes_although_iam_keeps_five_versions(stack):
    policy = stack.create(POLICY, {"policy": document("s3:ListBucket"), "tags": {"Project": "p"}})
    for number in range(6):
        policy = stack.update(policy, policy=document(f"s3:GetBucket{number}"))
    policy = stack.update(policy, tags={"Owner": "o"})
    assert stack.replaces(policy, description="another")
    stack.delete(policy)


def test_a_policy_is_attached_to_a_role_until_somebody_detaches_it(stack):
    policy = stack.create(POLICY, {"policy": document("s3:ListBucket")})
    role = stack.create(ROLE, {"assumeRolePolicy": TRUST, "name": "deploy"})
    attached = stack.create(ATTACHMENT, {"role": "deploy", "policyArn": policy.id})
    stack.aws.call("iam", "detach_role_policy", RoleName="deploy", PolicyArn=policy.id)
    assert stack.read(attached).id == ""
    again = stack.create(ATTACHMENT, {"role": "deploy", "policyArn": policy.id})
    stack.delete(again)
    stack.delete(role)


@pytest.mark.parametrize(
    ("token", "inputs", "key", "reason"),
    [
        (POLICY, {"policy": "{}"}, "policy", "is not an object"),
        (POLICY, {"policy": document("s3:" + "G" * 6200)}, "policy", "6144 are allowed"),
        (PROVIDER, {"clientIdLists": ["sts"]}, "url", "required"),
        (ATTACHMENT, {"role": "deploy"}, "policyArn", "required"),
    ],
    ids=["no policy", "too long", "no address", "no policy to attach"],
)
def test_what_iam_refuses_is_refused(stack, token, inputs, key, reason):
    assert reason in stack.refusals(token, inputs)[key]
