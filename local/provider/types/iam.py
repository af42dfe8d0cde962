"""Roles with their own policies, and instance profiles."""

import json

from local.provider.types.aws import Aws
from local.provider.types.checks import between, length, required
from local.provider.types.documents import policy_document
from local.provider.types.props import Props
from local.provider.types.resource import (
    Change,
    Created,
    Existing,
    Outputs,
    ResourceType,
    Types,
    removed_tags,
    tag_list,
    tag_mapping,
)

LONGEST_NAME = 64

SHORTEST_SESSION, LONGEST_SESSION = 3600, 43_200


def _create_role(aws: Aws, new: Props) -> Created:
    name = new.text("name")
    aws.call(
        "iam",
        "create_role",
        RoleName=name,
        AssumeRolePolicyDocument=new.text("assumeRolePolicy"),
        Path=new.maybe_text("path"),
        Description=new.maybe_text("description"),
        MaxSessionDuration=new.maybe_number("maxSessionDuration"),
        PermissionsBoundary=new.maybe_text("permissionsBoundary"),
        Tags=tag_list(new.mapping("tags")),
    )
    return Created(id=name)


def _read_role(aws: Aws, it: Existing) -> Outputs | None:
    role = aws.call("iam", "get_role", RoleName=it.id).block("Role")
    return {
        "name": role.text("RoleName"),
        "arn": role.text("Arn"),
        "uniqueId": role.text("RoleId"),
        "createDate": str(role.get("CreateDate")),
        "assumeRolePolicy": json.dumps(role.get("AssumeRolePolicyDocument")),
        "description": role.maybe_text("Description"),
        "path": role.maybe_text("Path"),
        "maxSessionDuration": role.maybe_number("MaxSessionDuration"),
        "permissionsBoundary": role.block("PermissionsBoundary").maybe_text("PermissionsBoundaryArn"),
        "tags": tag_mapping(role.blocks("Tags")),
    }


def _update_role(aws: Aws, it: Existing, change: Change) -> None:
    inputs = change.inputs
    if change.touches("assumeRolePolicy"):
        document = inputs.text("assumeRolePolicy")
        aws.call("iam", "update_assume_role_policy", RoleName=it.id, PolicyDocument=document)
    if change.touches("description", "maxSessionDuration"):
        session = inputs.maybe_number("maxSessionDuration")
        description = inputs.maybe_text("description") or ""
        aws.call("iam", "update_role", RoleName=it.id, Description=description, MaxSessionDuration=session)
    if change.touches("permissionsBoundary"):
        boundary = inputs.maybe_text("permissionsBoundary")
        operation = "put_role_permissions_boundary" if boundary else "delete_role_permissions_boundary"
        aws.call("iam", operation, RoleName=it.id, PermissionsBoundary=boundary)
    retag(aws, "role", {"RoleName": it.id}, it, change)


def retag(aws: Aws, kind: str, who: dict[str, str], it: Existing, change: Change) -> None:
    """Make the tags of a role, policy or profile those of the inputs."""
    if change.touches("tags"):
        if gone := removed_tags(it, change):
            aws.call("iam", f"untag_{kind}", **who, TagKeys=gone)
        if tags := tag_list(change.inputs.mapping("tags")):
            aws.call("iam", f"tag_{kind}", **who, Tags=tags)


def _delete_role(aws: Aws, it: Existing) -> None:
    aws.call("iam", "delete_role", RoleName=it.id)


def _put_role_policy(aws: Aws, inputs: Props) -> Created:
    role, name = inputs.text("role"), inputs.text("name")
    aws.call("iam", "put_role_policy", RoleName=role, PolicyName=name, PolicyDocument=inputs.text("policy"))
    return Created(id=f"{role}:{name}")


def _read_role_policy(aws: Aws, it: Existing) -> Outputs | None:
    role, _, name = it.id.partition(":")
    found = aws.call("iam", "get_role_policy", RoleName=role, PolicyName=name)
    return {"role": role, "name": name, "policy": json.dumps(found.get("PolicyDocument"))}


def _update_role_policy(aws: Aws, _it: Existing, change: Change) -> None:
    _put_role_policy(aws, change.inputs)


def _delete_role_policy(aws: Aws, it: Existing) -> None:
    role, _, name = it.id.partition(":")
    aws.call("iam", "delete_role_policy", RoleName=role, PolicyName=name)


def _create_profile(aws: Aws, new: Props) -> Created:
    name = new.text("name")
    tags, path = tag_list(new.mapping("tags")), new.maybe_text("path")
    aws.call("iam", "create_instance_profile", InstanceProfileName=name, Path=path, Tags=tags)
    if new.has("role"):
        role = new.text("role")
        aws.call("iam", "add_role_to_instance_profile", InstanceProfileName=name, RoleName=role)
    return Created(id=name)


def _read_profile(aws: Aws, it: Existing) -> Outputs | None:
    profile = aws.call("iam", "get_instance_profile", InstanceProfileName=it.id).block("InstanceProfile")
    roles = profile.blocks("Roles")
    return {
        "name": it.id,
        "arn": profile.text("Arn"),
        "uniqueId": profile.text("InstanceProfileId"),
        "path": profile.text("Path"),
        "createDate": str(profile.get("CreateDate")),
        "role": roles[0].text("RoleName") if roles else None,
        "tags": tag_mapping(profile.blocks("Tags")),
    }


def _update_profile(aws: Aws, it: Existing, change: Change) -> None:
    if change.touches("role"):
        who = {"InstanceProfileName": it.id}
        _release_role(aws, it)
        if change.inputs.has("role"):
            aws.call("iam", "add_role_to_instance_profile", **who, RoleName=change.inputs.text("role"))
    retag(aws, "instance_profile", {"InstanceProfileName": it.id}, it, change)


def _release_role(aws: Aws, it: Existing) -> None:
    if role := it.state.maybe_text("role"):
        aws.call("iam", "remove_role_from_instance_profile", InstanceProfileName=it.id, RoleName=role)


def _delete_profile(aws: Aws, it: Existing) -> None:
    _release_role(aws, it)
    aws.call("iam", "delete_instance_profile", InstanceProfileName=it.id)


TYPES: Types = {
    "aws:iam/role:Role": ResourceType(
        create=_create_role,
        read=_read_role,
        update=_update_role,
        delete=_delete_role,
        checks=(
            required("assumeRolePolicy"),
            policy_document("assumeRolePolicy", names_principals=True),
            between("maxSessionDuration", SHORTEST_SESSION, LONGEST_SESSION),
            length("description", 0, 1000),
        ),
        autoname="name",
        name_limit=LONGEST_NAME,
        defaults={"path": "/", "maxSessionDuration": SHORTEST_SESSION, "forceDetachPolicies": False},
    ),
    "aws:iam/rolePolicy:RolePolicy": ResourceType(
        create=_put_role_policy,
        read=_read_role_policy,
        update=_update_role_policy,
        delete=_delete_role_policy,
        checks=(required("role", "policy"), policy_document("policy")),
        autoname="name",
        name_limit=128,
        taggable=False,
    ),
    "aws:iam/instanceProfile:InstanceProfile": ResourceType(
        create=_create_profile,
        read=_read_profile,
        update=_update_profile,
        delete=_delete_profile,
        autoname="name",
        name_limit=128,
        defaults={"path": "/"},
    ),
}
