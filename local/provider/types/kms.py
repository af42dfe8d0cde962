"""Customer managed keys and their aliases."""

from collections.abc import Iterator

from local.provider.types.aws import Aws
from local.provider.types.checks import between, required
from local.provider.types.documents import policy_document
from local.provider.types.props import Props
from local.provider.types.resource import (
    Change,
    CheckFailure,
    Created,
    Existing,
    Outputs,
    ResourceType,
    Types,
    removed_tags,
    tag_mapping,
)

LONGEST_WAIT_DAYS = 30


def _tags(tags: dict[str, str]) -> list[dict[str, str]] | None:
    return [{"TagKey": key, "TagValue": value} for key, value in sorted(tags.items())] or None


def _create_key(aws: Aws, new: Props) -> Created:
    answer = aws.call(
        "kms",
        "create_key",
        Description=new.maybe_text("description"),
        Policy=new.maybe_text("policy"),
        KeyUsage=new.maybe_text("keyUsage"),
        MultiRegion=new.maybe_flag("multiRegion"),
        Tags=_tags(new.mapping("tags")),
    )
    identity = answer.block("KeyMetadata").text("KeyId")
    _rotate(aws, identity, new)
    return Created(id=identity)


def _rotate(aws: Aws, identity: str, inputs: Props) -> None:
    if inputs.flag("enableKeyRotation"):
        period = inputs.maybe_number("rotationPeriodInDays")
        aws.call("kms", "enable_key_rotation", KeyId=identity, RotationPeriodInDays=period)
    else:
        aws.call("kms", "disable_key_rotation", KeyId=identity)


def _read_key(aws: Aws, it: Existing) -> Outputs | None:
    key = aws.call("kms", "describe_key", KeyId=it.id).block("KeyMetadata")
    if key.text("KeyState") == "PendingDeletion":
        return None
    rotation = aws.call("kms", "get_key_rotation_status", KeyId=it.id)
    return {
        "arn": key.text("Arn"),
        "keyId": it.id,
        "description": key.maybe_text("Description"),
        "keyUsage": key.text("KeyUsage"),
        "multiRegion": key.flag("MultiRegion"),
        "isEnabled": key.flag("Enabled"),
        "policy": aws.call("kms", "get_key_policy", KeyId=it.id, PolicyName="default").text("Policy"),
        "enableKeyRotation": rotation.flag("KeyRotationEnabled"),
        "tags": tag_mapping(
            aws.pages("kms", "list_resource_tags", "Tags", KeyId=it.id), key="TagKey", value="TagValue"
        ),
    }


def _update_key(aws: Aws, it: Existing, change: Change) -> None:
    inputs = change.inputs
    if change.touches("description"):
        aws.call(
            "kms", "update_key_description", KeyId=it.id, Description=inputs.maybe_text("description") or ""
        )
    if change.touches("policy"):
        aws.call("kms", "put_key_policy", KeyId=it.id, PolicyName="default", Policy=inputs.text("policy"))
    if change.touches("enableKeyRotation", "rotationPeriodInDays"):
        _rotate(aws, it.id, inputs)
    if change.touches("isEnabled"):
        operation = "enable_key" if inputs.flag("isEnabled", default=True) else "disable_key"
        aws.call("kms", operation, KeyId=it.id)
    if change.touches("tags"):
        if gone := removed_tags(it, change):
            aws.call("kms", "untag_resource", KeyId=it.id, TagKeys=gone)
        if tags := _tags(inputs.mapping("tags")):
            aws.call("kms", "tag_resource", KeyId=it.id, Tags=tags)


def _delete_key(aws: Aws, it: Existing) -> None:
    if _read_key(aws, it) is not None:
        days = it.state.maybe_number("deletionWindowInDays") or LONGEST_WAIT_DAYS
        aws.call("kms", "schedule_key_deletion", KeyId=it.id, PendingWindowInDays=days)


def _create_alias(aws: Aws, new: Props) -> Created:
    name = new.text("name")
    aws.call("kms", "create_alias", AliasName=name, TargetKeyId=new.text("targetKeyId"))
    return Created(id=name)


def _read_alias(aws: Aws, it: Existing) -> Outputs | None:
    for alias in aws.pages("kms", "list_aliases", "Aliases"):
        if alias.text("AliasName") == it.id and alias.has("TargetKeyId"):
            key = alias.text("TargetKeyId")
            return {
                "name": it.id,
                "arn": alias.text("AliasArn"),
                "targetKeyId": _as_given(it.state.maybe_text("targetKeyId"), key),
                "targetKeyArn": aws.arn("kms", f"key/{key}"),
            }
    return None


def _as_given(before: str | None, key: str) -> str:
    """A key may be named by its id or its ARN; the other spelling is no drift."""
    return before if before is not None and before.rpartition("/")[2] == key else key


def _update_alias(aws: Aws, it: Existing, change: Change) -> None:
    aws.call("kms", "update_alias", AliasName=it.id, TargetKeyId=change.inputs.text("targetKeyId"))


def _delete_alias(aws: Aws, it: Existing) -> None:
    aws.call("kms", "delete_alias", AliasName=it.id)


def _is_an_alias(inputs: Props) -> Iterator[CheckFailure]:
    name = inputs.text("name")
    if not name.startswith("alias/") or name.startswith("alias/aws/"):
        reason = f"{name!r} is no name for an alias; write alias/<name>, not alias/aws/"
        yield CheckFailure(property="name", reason=reason)


TYPES: Types = {
    "aws:kms/key:Key": ResourceType(
        create=_create_key,
        read=_read_key,
        update=_update_key,
        delete=_delete_key,
        checks=(
            policy_document("policy"),
            between("deletionWindowInDays", 7, LONGEST_WAIT_DAYS),
            between("rotationPeriodInDays", 90, 2560),
        ),
        defaults={"isEnabled": True, "keyUsage": "ENCRYPT_DECRYPT"},
    ),
    "aws:kms/alias:Alias": ResourceType(
        create=_create_alias,
        read=_read_alias,
        update=_update_alias,
        delete=_delete_alias,
        checks=(required("targetKeyId"), _is_an_alias),
        autoname="name",
        name_limit=256,
        taggable=False,
    ),
}
