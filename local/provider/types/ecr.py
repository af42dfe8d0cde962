"""ECR repositories, the policies by which their images expire, and who else may use them."""

import re
from collections.abc import Iterator

from local.provider.types.aws import Aws
from local.provider.types.checks import json_text, one_of, required
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
    tag_list,
    tag_mapping,
)

NAME = re.compile(r"[a-z0-9]+([._-][a-z0-9]+)*(/[a-z0-9]+([._-][a-z0-9]+)*)*")
MUTABILITY = ("MUTABLE", "IMMUTABLE", "MUTABLE_WITH_EXCLUSION", "IMMUTABLE_WITH_EXCLUSION")


def _create(aws: Aws, new: Props) -> Created:
    name = new.text("name")
    encryption = new.block("encryptionConfigurations")
    aws.call(
        "ecr",
        "create_repository",
        repositoryName=name,
        imageTagMutability=new.text("imageTagMutability"),
        imageScanningConfiguration={"scanOnPush": new.block("imageScanningConfiguration").flag("scanOnPush")},
        encryptionConfiguration=dict(encryption) or None,
        tags=tag_list(new.mapping("tags")),
    )
    return Created(id=name)


def _read(aws: Aws, it: Existing) -> Outputs | None:
    found = aws.call("ecr", "describe_repositories", repositoryNames=[it.id]).blocks("repositories")[0]
    arn = found.text("repositoryArn")
    return {
        "name": it.id,
        "arn": arn,
        "registryId": found.text("registryId"),
        "repositoryUrl": found.text("repositoryUri"),
        "imageTagMutability": found.text("imageTagMutability"),
        "imageScanningConfiguration": dict(found.block("imageScanningConfiguration")),
        "encryptionConfigurations": [dict(found.block("encryptionConfiguration"))],
        "tags": tag_mapping(aws.call("ecr", "list_tags_for_resource", resourceArn=arn).blocks("tags")),
    }


def _update(aws: Aws, it: Existing, change: Change) -> None:
    new = change.inputs
    if change.touches("imageTagMutability"):
        mutability = new.text("imageTagMutability")
        aws.call("ecr", "put_image_tag_mutability", repositoryName=it.id, imageTagMutability=mutability)
    if change.touches("imageScanningConfiguration"):
        scanning = {"scanOnPush": new.block("imageScanningConfiguration").flag("scanOnPush")}
        aws.call(
            "ecr",
            "put_image_scanning_configuration",
            repositoryName=it.id,
            imageScanningConfiguration=scanning,
        )
    if change.touches("tags"):
        arn = it.state.text("arn")
        if gone := removed_tags(it, change):
            aws.call("ecr", "untag_resource", resourceArn=arn, tagKeys=gone)
        if tags := tag_list(new.mapping("tags")):
            aws.call("ecr", "tag_resource", resourceArn=arn, tags=tags)


def _delete(aws: Aws, it: Existing) -> None:
    aws.call("ecr", "delete_repository", repositoryName=it.id, force=it.state.flag("forceDelete"))


def _create_expiry(aws: Aws, new: Props) -> Created:
    repository = new.text("repository")
    aws.call("ecr", "put_lifecycle_policy", repositoryName=repository, lifecyclePolicyText=new.text("policy"))
    return Created(id=repository)


def _read_expiry(aws: Aws, it: Existing) -> Outputs | None:
    found = aws.call("ecr", "get_lifecycle_policy", repositoryName=it.id)
    return {
        "repository": it.id,
        "policy": found.text("lifecyclePolicyText"),
        "registryId": found.text("registryId"),
    }


def _delete_expiry(aws: Aws, it: Existing) -> None:
    aws.call("ecr", "delete_lifecycle_policy", repositoryName=it.id)


def _let_in(aws: Aws, new: Props) -> Created:
    repository = new.text("repository")
    aws.call("ecr", "set_repository_policy", repositoryName=repository, policyText=new.text("policy"))
    return Created(id=repository)


def _read_let_in(aws: Aws, it: Existing) -> Outputs | None:
    found = aws.call("ecr", "get_repository_policy", repositoryName=it.id)
    return {
        "repository": it.id,
        "policy": found.text("policyText"),
        "registryId": found.text("registryId"),
    }


def _update_let_in(aws: Aws, _it: Existing, change: Change) -> None:
    _let_in(aws, change.inputs)


def _delete_let_in(aws: Aws, it: Existing) -> None:
    aws.call("ecr", "delete_repository_policy", repositoryName=it.id)


def _well_named(inputs: Props) -> Iterator[CheckFailure]:
    name = inputs.maybe_text("name")
    if name is not None and not NAME.fullmatch(name):
        reason = f"{name!r} is not a repository name; use lower-case words joined by '/', '-', '_' or '.'"
        yield CheckFailure(property="name", reason=reason)


def _encryption(inputs: Props) -> Iterator[CheckFailure]:
    block = inputs.block("encryptionConfigurations")
    kind = block.maybe_text("encryptionType")
    if kind not in {None, "AES256", "KMS", "KMS_DSSE"}:
        reason = f"{kind!r} is not allowed; use AES256, KMS or KMS_DSSE"
        yield CheckFailure(property="encryptionConfigurations", reason=reason)


def _rules(inputs: Props) -> Iterator[CheckFailure]:
    policy = inputs.json("policy")
    rules = policy.get("rules") if isinstance(policy, dict) else None
    if not isinstance(rules, list) or not rules:
        yield CheckFailure(
            property="policy", reason="must be an object with a list `rules` of at least one rule"
        )
        return
    for rule in rules:
        absent = [key for key in ("rulePriority", "selection", "action") if key not in rule]
        if absent:
            yield CheckFailure(property="policy", reason=f"a rule has no {', '.join(absent)}")


TYPES: Types = {
    "aws:ecr/repository:Repository": ResourceType(
        create=_create,
        read=_read,
        update=_update,
        delete=_delete,
        checks=(one_of("imageTagMutability", MUTABILITY), _well_named, _encryption),
        autoname="name",
        name_limit=256,
        defaults={"imageTagMutability": "MUTABLE"},
    ),
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": ResourceType(
        create=_create_expiry,
        read=_read_expiry,
        delete=_delete_expiry,
        checks=(required("repository", "policy"), json_text("policy"), _rules),
        taggable=False,
    ),
    "aws:ecr/repositoryPolicy:RepositoryPolicy": ResourceType(
        create=_let_in,
        read=_read_let_in,
        update=_update_let_in,
        delete=_delete_let_in,
        checks=(required("repository", "policy"), json_text("policy")),
        taggable=False,
    ),
}
