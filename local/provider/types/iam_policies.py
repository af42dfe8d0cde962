"""Policies of their own, and their attachment to roles."""

import json

from local.provider.types.aws import Aws
from local.provider.types.checks import required
from local.provider.types.documents import policy_document
from local.provider.types.iam import retag
from local.provider.types.props import Props
from local.provider.types.resource import (
    Backed,
    Change,
    Created,
    Existing,
    Outputs,
    Types,
    tag_list,
    tag_mapping,
)


def _attach(aws: Aws, new: Props) -> Created:
    role, policy = new.text("role"), new.text("policyArn")
    aws.call("iam", "attach_role_policy", RoleName=role, PolicyArn=policy)
    return Created(id=f"{role}/{policy}")


def _read_attachment(aws: Aws, it: Existing) -> Outputs | None:
    role, _, policy = it.id.partition("/")
    attached = aws.pages("iam", "list_attached_role_policies", "AttachedPolicies", RoleName=role)
    if policy not in {one.text("PolicyArn") for one in attached}:
        return None
    return {"role": role, "policyArn": policy}


def _detach(aws: Aws, it: Existing) -> None:
    role, _, policy = it.id.partition("/")
    aws.call("iam", "detach_role_policy", RoleName=role, PolicyArn=policy)


def _create_policy(aws: Aws, new: Props) -> Created:
    answer = aws.call(
        "iam",
        "create_policy",
        PolicyName=new.text("name"),
        PolicyDocument=new.text("policy"),
        Path=new.maybe_text("path"),
        Description=new.maybe_text("description"),
        Tags=tag_list(new.mapping("tags")),
    )
    return Created(id=answer.block("Policy").text("Arn"))


def _read_policy(aws: Aws, it: Existing) -> Outputs | None:
    policy = aws.call("iam", "get_policy", PolicyArn=it.id).block("Policy")
    version = policy.text("DefaultVersionId")
    current = aws.call("iam", "get_policy_version", PolicyArn=it.id, VersionId=version).block("PolicyVersion")
    return {
        "arn": it.id,
        "name": policy.text("PolicyName"),
        "policyId": policy.text("PolicyId"),
        "path": policy.text("Path"),
        "description": policy.maybe_text("Description"),
        "policy": json.dumps(current.get("Document")),
        "tags": tag_mapping(policy.blocks("Tags")),
    }


def _update_policy(aws: Aws, it: Existing, change: Change) -> None:
    if change.touches("policy"):
        document = change.inputs.text("policy")
        versions = aws.pages("iam", "list_policy_versions", "Versions", PolicyArn=it.id)
        aws.call("iam", "create_policy_version", PolicyArn=it.id, PolicyDocument=document, SetAsDefault=True)
        for version in versions:  # a policy may have five; only the newest is of use
            aws.call("iam", "delete_policy_version", PolicyArn=it.id, VersionId=version.text("VersionId"))
    retag(aws, "policy", {"PolicyArn": it.id}, it, change)


def _delete_policy(aws: Aws, it: Existing) -> None:
    aws.call("iam", "delete_policy", PolicyArn=it.id)


TYPES: Types = {
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": Backed(
        create=_attach,
        read=_read_attachment,
        delete=_detach,
        checks=(required("role", "policyArn"),),
        taggable=False,
    ),
    "aws:iam/policy:Policy": Backed(
        create=_create_policy,
        read=_read_policy,
        update=_update_policy,
        delete=_delete_policy,
        replace_on=frozenset({"name", "namePrefix", "path", "description"}),
        checks=(required("policy"), policy_document("policy")),
        autoname="name",
        name_limit=128,
        defaults={"path": "/"},
    ),
}
