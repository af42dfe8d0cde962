"""Systems Manager: documents and parameters."""

import re
from collections.abc import Iterator

from local.provider.types.aws import Aws
from local.provider.types.checks import length, one_of, required
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
from local.provider.types.spelling import chosen, seen

DOCUMENT_TYPES = (
    "Command", "Policy", "Automation", "Session", "Package", "ApplicationConfiguration",
    "ApplicationConfigurationSchema", "DeploymentStrategy", "ChangeCalendar", "QuickSetup",
)  # fmt: skip

NEW_VERSION = frozenset({"content", "documentFormat", "targetType", "versionName"})
"""The inputs of a document that cannot change without a new version of it."""


def _retag(aws: Aws, kind: str, identity: str, it: Existing, change: Change) -> None:
    if change.touches("tags"):
        who = {"ResourceType": kind, "ResourceId": identity}
        if gone := removed_tags(it, change):
            aws.call("ssm", "remove_tags_from_resource", **who, TagKeys=gone)
        if tags := tag_list(change.inputs.mapping("tags")):
            aws.call("ssm", "add_tags_to_resource", **who, Tags=tags)


def _tags_of(aws: Aws, kind: str, identity: str) -> dict[str, str]:
    answer = aws.call("ssm", "list_tags_for_resource", ResourceType=kind, ResourceId=identity)
    return tag_mapping(answer.blocks("TagList"))


def _create_document(aws: Aws, new: Props) -> Created:
    given = chosen(new, "name", "content", "documentType", "documentFormat", "targetType", "versionName")
    aws.call("ssm", "create_document", **given, Tags=tag_list(new.mapping("tags")))
    return Created(id=new.text("name"))


def _read_document(aws: Aws, it: Existing) -> Outputs | None:
    described = aws.call("ssm", "describe_document", Name=it.id, DocumentVersion="$LATEST").block("Document")
    way = it.state.maybe_text("documentFormat") or "JSON"
    content = aws.call("ssm", "get_document", Name=it.id, DocumentVersion="$LATEST", DocumentFormat=way)
    keys = (
        "hash",
        "hashType",
        "owner",
        "status",
        "description",
        "schemaVersion",
        "documentType",
        "targetType",
    )
    return {
        **seen(described, *keys, "documentFormat", "latestVersion", "defaultVersion", "documentVersion"),
        "name": it.id,
        "arn": aws.arn("ssm", f"document/{it.id}"),
        "content": content.text("Content"),
        "createdDate": str(described.get("CreatedDate")),
        "platformTypes": described.texts("PlatformTypes"),
        "tags": _tags_of(aws, "Document", it.id),
    }


def _update_document(aws: Aws, it: Existing, change: Change) -> None:
    if change.touches(*NEW_VERSION):
        given = chosen(change.inputs, *NEW_VERSION)
        answer = aws.call("ssm", "update_document", Name=it.id, DocumentVersion="$LATEST", **given)
        version = answer.block("DocumentDescription").text("DocumentVersion")
        aws.call("ssm", "update_document_default_version", Name=it.id, DocumentVersion=version)
    _retag(aws, "Document", it.id, it, change)


def _delete_document(aws: Aws, it: Existing) -> None:
    aws.call("ssm", "delete_document", Name=it.id)


PARAMETER = ("name", "type", "description", "tier", "keyId", "allowedPattern", "dataType")


def _put_parameter(aws: Aws, inputs: Props, *, overwrite: bool) -> None:
    value = inputs.maybe_text("value") or inputs.text("insecureValue")
    tags = None if overwrite else tag_list(inputs.mapping("tags"))
    given = chosen(inputs, *PARAMETER)
    aws.call("ssm", "put_parameter", **given, Value=value, Overwrite=overwrite or None, Tags=tags)


def _create_parameter(aws: Aws, new: Props) -> Created:
    _put_parameter(aws, new, overwrite=False)
    return Created(id=new.text("name"))


def _read_parameter(aws: Aws, it: Existing) -> Outputs | None:
    found = aws.call("ssm", "get_parameter", Name=it.id, WithDecryption=True).block("Parameter")
    mine = [{"Key": "Name", "Option": "Equals", "Values": [it.id]}]
    described = aws.pages("ssm", "describe_parameters", "Parameters", ParameterFilters=mine)
    about = described[0] if described else Props()
    held = "insecureValue" if it.state.has("insecureValue") else "value"
    return {
        **seen(about, "description", "tier", "keyId", "allowedPattern", "dataType"),
        held: found.text("Value"),
        "name": it.id,
        "arn": found.text("ARN"),
        "type": found.text("Type"),
        "version": found.number("Version"),
        "tags": _tags_of(aws, "Parameter", it.id),
    }


def _update_parameter(aws: Aws, it: Existing, change: Change) -> None:
    if change.touches("value", "insecureValue", *PARAMETER):
        _put_parameter(aws, change.inputs, overwrite=True)
    _retag(aws, "Parameter", it.id, it, change)


def _delete_parameter(aws: Aws, it: Existing) -> None:
    aws.call("ssm", "delete_parameter", Name=it.id)


def _is_a_document(inputs: Props) -> Iterator[CheckFailure]:
    if (inputs.maybe_text("documentFormat") or "JSON") == "JSON":
        inputs.json("content")
    elif inputs.maybe_text("documentFormat") == "YAML" and "schemaVersion" not in inputs.text("content"):
        yield CheckFailure(property="content", reason="names no schemaVersion")


def _name_is_free(inputs: Props) -> Iterator[CheckFailure]:
    name = inputs.text("name")
    if re.match(r"(?i)aws|amazon|amzn", name):
        yield CheckFailure(
            property="name", reason=f"{name!r} begins like Amazon's own documents; choose another"
        )


def _path_is_free(inputs: Props) -> Iterator[CheckFailure]:
    name = inputs.text("name")
    if re.match(r"(?i)/?(aws|ssm)", name):
        yield CheckFailure(property="name", reason=f"{name!r} begins with aws or ssm, which are reserved")
    elif "/" in name and not name.startswith("/"):
        yield CheckFailure(property="name", reason=f"{name!r} is a path and must begin with /")


TYPES: Types = {
    "aws:ssm/document:Document": ResourceType(
        create=_create_document,
        read=_read_document,
        update=_update_document,
        delete=_delete_document,
        checks=(
            required("content", "documentType"),
            one_of("documentType", DOCUMENT_TYPES),
            one_of("documentFormat", ("JSON", "YAML", "TEXT")),
            length("name", 3, 128),
            _is_a_document,
            _name_is_free,
        ),
        autoname="name",
        name_limit=128,
        defaults={"documentFormat": "JSON"},
        changing=frozenset({"latestVersion", "defaultVersion", "documentVersion", "hash"}),
        changing_with=NEW_VERSION,
    ),
    "aws:ssm/parameter:Parameter": ResourceType(
        create=_create_parameter,
        read=_read_parameter,
        update=_update_parameter,
        delete=_delete_parameter,
        checks=(
            required("type"),
            one_of("type", ("String", "StringList", "SecureString")),
            one_of("tier", ("Standard", "Advanced", "Intelligent-Tiering")),
            _path_is_free,
        ),
        autoname="name",
        name_limit=1011,
        changing=frozenset({"version"}),
        secret=frozenset({"value"}),
    ),
}
