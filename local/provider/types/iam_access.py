"""Identity providers, managed policies and their attachment to roles."""

import json
from collections.abc import Iterator

from local.provider.types.aws import Aws, GoneError
from local.provider.types.checks import required
from local.provider.types.documents import policy_document
from local.provider.types.iam import retag
from local.provider.types.props import Props
from local.provider.types.resource import (
    Change,
    CheckFailure,
    Created,
    Existing,
    Outputs,
    ResourceType,
    Types,
    tag_list,
    tag_mapping,
)

# IAM user guide, "IAM and AWS STS quotas"; white space does not count.
LONGEST_DOCUMENT, MOST_VERSIONS = 6144, 5


def _create_provider(aws: Aws, new: Props) -> Created:
    answer = aws.call(
        "iam",
        "create_open_id_connect_provider",
        Url=new.text("url"),
        ClientIDList=new.texts("clientIdLists"),
        ThumbprintList=new.texts("thumbprintLists") or None,
        Tags=tag_list(new.mapping("tags")),
    )
    return Created(id=answer.text("OpenIDConnectProviderArn"))


def _read_provider(aws: Aws, it: Existing) -> Outputs | None:
    found = aws.call("iam", "get_open_id_connect_provider", OpenIDConnectProviderArn=it.id)
    given = it.state.maybe_text("url") or ""
    url = found.text("Url")
    return {
        "arn": it.id,
        # AWS leaves the scheme out; the official provider takes the two spellings for one.
        "url": given if given.removeprefix("https://") == url else url,
        "clientIdLists": found.texts("ClientIDList"),
        "thumbprintLists": found.texts("ThumbprintList"),
        "tags": tag_mapping(found.blocks("Tags")),
    }


def _update_provider(aws: Aws, it: Existing, change: Change) -> None:
    who = {"OpenIDConnectProviderArn": it.id}
    before, now = {*it.state.texts("clientIdLists")}, {*change.inputs.texts("clientIdLists")}
    for audience in sorted(now - before):
        aws.call("iam", "add_client_id_to_open_id_connect_provider", **who, ClientID=audience)
    for audience in sorted(before - now):
        aws.call("iam", "remove_client_id_from_open_id_connect_provider", **who, ClientID=audience)
    if change.touches("thumbprintLists") and (prints := change.inputs.texts("thumbprintLists")):
        aws.call("iam", "update_open_id_connect_provider_thumbprint", **who, ThumbprintList=prints)
    retag(aws, "open_id_connect_provider", who, it, change)


def _delete_provider(aws: Aws, it: Existing) -> None:
    aws.call("iam", "delete_open_id_connect_provider", OpenIDConnectProviderArn=it.id)


def _create_policy(aws: Aws, new: Props) -> Created:
    answer = aws.call(
        "iam",
        "create_policy",
        PolicyName=new.text("name"),
        Path=new.maybe_text("path"),
        Description=new.maybe_text("description"),
        PolicyDocument=new.text("policy"),
        Tags=tag_list(new.mapping("tags")),
    )
    return Created(id=answer.block("Policy").text("Arn"))


def _read_policy(aws: Aws, it: Existing) -> Outputs | None:
    found = aws.call("iam", "get_policy", PolicyArn=it.id).block("Policy")
    version = found.text("DefaultVersionId")
    document = aws.call("iam", "get_policy_version", PolicyArn=it.id, VersionId=version)
    return {
        "arn": it.id,
        "policyId": found.text("PolicyId"),
        "name": found.text("PolicyName"),
        "path": found.text("Path"),
        "description": found.maybe_text("Description"),
        "attachmentCount": found.maybe_number("AttachmentCount"),
        "policy": json.dumps(document.block("PolicyVersion").get("Document")),
        "tags": tag_mapping(found.blocks("Tags")),
    }


def _versions(aws: Aws, policy: str) -> list[str]:
    """The versions of a policy that are not in force, the oldest first."""
    found = aws.pages("iam", "list_policy_versions", "Versions", PolicyArn=policy)
    others = [one.text("VersionId") for one in found if not one.flag("IsDefaultVersion")]
    return sorted(others, key=lambda version: int(version.removeprefix("v")))


def _update_policy(aws: Aws, it: Existing, change: Change) -> None:
    if change.touches("policy"):
        versions = _versions(aws, it.id)
        if len(versions) + 1 >= MOST_VERSIONS:
            aws.call("iam", "delete_policy_version", PolicyArn=it.id, VersionId=versions[0])
        document = change.inputs.text("policy")
        aws.call("iam", "create_policy_version", PolicyArn=it.id, PolicyDocument=document, SetAsDefault=True)
    retag(aws, "policy", {"PolicyArn": it.id}, it, change)


def _delete_policy(aws: Aws, it: Existing) -> None:
    for version in _versions(aws, it.id):
        aws.call("iam", "delete_policy_version", PolicyArn=it.id, VersionId=version)
    aws.call("iam", "delete_policy", PolicyArn=it.id)


def _attach(aws: Aws, new: Props) -> Created:
    role, policy = new.text("role"), new.text("policyArn")
    aws.call("iam", "attach_role_policy", RoleName=role, PolicyArn=policy)
    return Created(id=f"{role}/{policy}")


def _read_attachment(aws: Aws, it: Existing) -> Outputs | None:
    role, _, policy = it.id.partition("/")
    attached = aws.pages("iam", "list_attached_role_policies", "AttachedPolicies", RoleName=role)
    if policy not in {one.text("PolicyArn") for one in attached}:
        raise GoneError("iam:ListAttachedRolePolicies", "NoSuchEntity", f"{policy} is not attached to {role}")
    return {"role": role, "policyArn": policy}


def _detach(aws: Aws, it: Existing) -> None:
    role, _, policy = it.id.partition("/")
    aws.call("iam", "detach_role_policy", RoleName=role, PolicyArn=policy)


def _short_enough(inputs: Props) -> Iterator[CheckFailure]:
    size = len("".join((inputs.maybe_text("policy") or "").split()))
    if size > LONGEST_DOCUMENT:
        reason = f"has {size} characters without white space; {LONGEST_DOCUMENT} are allowed"
        yield CheckFailure(property="policy", reason=reason)


TYPES: Types = {
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": ResourceType(
        create=_create_provider,
        read=_read_provider,
        update=_update_provider,
        delete=_delete_provider,
        checks=(required("url", "clientIdLists"),),
    ),
    "aws:iam/policy:Policy": ResourceType(
        create=_create_policy,
        read=_read_policy,
        update=_update_policy,
        delete=_delete_policy,
        checks=(required("policy"), policy_document("policy"), _short_enough),
        autoname="name",
        name_limit=128,
        defaults={"path": "/"},
    ),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": ResourceType(
        create=_attach,
        read=_read_attachment,
        delete=_detach,
        checks=(required("role", "policyArn"),),
        taggable=False,
    ),
}
