"""DynamoDB tables with their indexes, stream, time to live, backups and protection."""

from local.provider.types.aws import Aws
from local.provider.types.checks import one_of, required
from local.provider.types.dynamodb_checks import TABLE_CHECKS, keys_of
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
from local.provider.types.spelling import camel

VIEWS = ("KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES")
STREAM = ("streamEnabled", "streamViewType")
INDEXES = ("attributes", "globalSecondaryIndexes")
CAPACITY = ("billingMode", "readCapacity", "writeCapacity")


def _create(aws: Aws, new: Props) -> Created:
    name = new.text("name")
    aws.call(
        "dynamodb",
        "create_table",
        TableName=name,
        AttributeDefinitions=_attributes(new),
        KeySchema=_keys(new),
        BillingMode=new.text("billingMode"),
        ProvisionedThroughput=_throughput(new),
        GlobalSecondaryIndexes=[_index(block) for block in new.blocks("globalSecondaryIndexes")] or None,
        LocalSecondaryIndexes=[_index(block) for block in new.blocks("localSecondaryIndexes")] or None,
        StreamSpecification=_stream(new) if new.flag("streamEnabled") else None,
        SSESpecification=_encryption(new),
        DeletionProtectionEnabled=new.flag("deletionProtectionEnabled"),
        TableClass=new.maybe_text("tableClass"),
        Tags=tag_list(new.mapping("tags")),
    )
    if new.block("ttl").flag("enabled"):
        _set_ttl(aws, name, new.block("ttl").text("attributeName"), enabled=True)
    if new.has("pointInTimeRecovery"):
        _set_recovery(aws, name, new)
    return Created(id=name)


def _attributes(inputs: Props) -> list[dict[str, str]]:
    blocks = inputs.blocks("attributes")
    return [{"AttributeName": item.text("name"), "AttributeType": item.text("type")} for item in blocks]


def _keys(block: Props) -> list[dict[str, str]]:
    return [{"AttributeName": name, "KeyType": kind} for name, kind in keys_of(block)]


def _index(block: Props) -> dict[str, object]:
    projection = {"ProjectionType": block.text("projectionType")}
    others = block.texts("nonKeyAttributes")
    index: dict[str, object] = {
        "IndexName": block.text("name"),
        "KeySchema": _keys(block),
        "Projection": {**projection, "NonKeyAttributes": others} if others else projection,
    }
    throughput = _throughput(block)
    return {**index, "ProvisionedThroughput": throughput} if throughput else index


def _throughput(block: Props) -> dict[str, int] | None:
    read, write = block.maybe_number("readCapacity"), block.maybe_number("writeCapacity")
    return {"ReadCapacityUnits": read, "WriteCapacityUnits": write} if read and write else None


def _stream(inputs: Props) -> dict[str, object]:
    if not inputs.flag("streamEnabled"):
        return {"StreamEnabled": False}
    return {"StreamEnabled": True, "StreamViewType": inputs.text("streamViewType")}


def _encryption(inputs: Props) -> dict[str, object] | None:
    block = inputs.block("serverSideEncryption")
    if not block.flag("enabled"):
        return None
    key = block.maybe_text("kmsKeyArn")
    named = {"KMSMasterKeyId": key} if key else {}
    return {"Enabled": True, "SSEType": "KMS", **named}


def _set_ttl(aws: Aws, name: str, attribute: str, *, enabled: bool) -> None:
    setting = {"Enabled": enabled, "AttributeName": attribute}
    aws.call("dynamodb", "update_time_to_live", TableName=name, TimeToLiveSpecification=setting)


def _set_recovery(aws: Aws, name: str, inputs: Props) -> None:
    block = inputs.block("pointInTimeRecovery")
    setting: dict[str, object] = {"PointInTimeRecoveryEnabled": block.flag("enabled")}
    if days := block.maybe_number("recoveryPeriodInDays"):
        setting["RecoveryPeriodInDays"] = days
    aws.call(
        "dynamodb", "update_continuous_backups", TableName=name, PointInTimeRecoverySpecification=setting
    )


def _read(aws: Aws, it: Existing) -> Outputs | None:
    table = aws.call("dynamodb", "describe_table", TableName=it.id).block("Table")
    stream = table.block("StreamSpecification")
    arn = table.text("TableArn")
    return {
        "name": it.id,
        "arn": arn,
        "attributes": [
            {"name": item.text("AttributeName"), "type": item.text("AttributeType")}
            for item in table.blocks("AttributeDefinitions")
        ],
        **_seen_keys(table),
        "billingMode": table.block("BillingModeSummary").maybe_text("BillingMode") or "PROVISIONED",
        "globalSecondaryIndexes": [_seen_index(item) for item in table.blocks("GlobalSecondaryIndexes")],
        "streamEnabled": stream.flag("StreamEnabled"),
        "streamViewType": stream.maybe_text("StreamViewType") or "",
        "streamArn": (table.maybe_text("LatestStreamArn") or "") if stream else "",
        "streamLabel": (table.maybe_text("LatestStreamLabel") or "") if stream else "",
        "deletionProtectionEnabled": table.flag("DeletionProtectionEnabled"),
        "ttl": _seen_ttl(aws, it.id),
        "pointInTimeRecovery": _seen_recovery(aws, it.id),
        "tags": tag_mapping(aws.pages("dynamodb", "list_tags_of_resource", "Tags", ResourceArn=arn)),
    }


def _seen_keys(block: Props) -> dict[str, object]:
    kinds = {item.text("KeyType"): item.text("AttributeName") for item in block.blocks("KeySchema")}
    return {"hashKey": kinds["HASH"], "rangeKey": kinds.get("RANGE")}


def _seen_index(item: Props) -> dict[str, object]:
    """An index, with its keys in both of the ways in which a program may say them."""
    projection = item.block("Projection")
    return {
        "name": item.text("IndexName"),
        **_seen_keys(item),
        "keySchemas": camel(item.items_of("KeySchema")),
        "projectionType": projection.text("ProjectionType"),
        "nonKeyAttributes": projection.texts("NonKeyAttributes"),
        "readCapacity": item.block("ProvisionedThroughput").maybe_number("ReadCapacityUnits") or 0,
        "writeCapacity": item.block("ProvisionedThroughput").maybe_number("WriteCapacityUnits") or 0,
    }


def _seen_ttl(aws: Aws, name: str) -> dict[str, object]:
    found = aws.call("dynamodb", "describe_time_to_live", TableName=name).block("TimeToLiveDescription")
    enabled = found.maybe_text("TimeToLiveStatus") == "ENABLED"
    return {"enabled": enabled, "attributeName": found.maybe_text("AttributeName") or ""}


def _seen_recovery(aws: Aws, name: str) -> dict[str, object]:
    answer = aws.call("dynamodb", "describe_continuous_backups", TableName=name)
    found = answer.block("ContinuousBackupsDescription").block("PointInTimeRecoveryDescription")
    enabled = found.maybe_text("PointInTimeRecoveryStatus") == "ENABLED"
    days = found.maybe_number("RecoveryPeriodInDays")
    return {"enabled": enabled, "recoveryPeriodInDays": days} if enabled else {"enabled": False}


def _update(aws: Aws, it: Existing, change: Change) -> None:
    new = change.inputs
    if change.touches(*CAPACITY):
        billing, throughput = new.text("billingMode"), _throughput(new)
        aws.call(
            "dynamodb", "update_table", TableName=it.id, BillingMode=billing, ProvisionedThroughput=throughput
        )
    if change.touches(*STREAM):
        _update_stream(aws, it, new)
    if change.touches(*INDEXES):
        _update_indexes(aws, it, new)
    if change.touches("deletionProtectionEnabled"):
        protected = new.flag("deletionProtectionEnabled")
        aws.call("dynamodb", "update_table", TableName=it.id, DeletionProtectionEnabled=protected)
    if change.touches("ttl"):
        _update_ttl(aws, it, new)
    if change.touches("pointInTimeRecovery"):
        _set_recovery(aws, it.id, new)
    if change.touches("tags"):
        arn = it.state.text("arn")
        if gone := removed_tags(it, change):
            aws.call("dynamodb", "untag_resource", ResourceArn=arn, TagKeys=gone)
        if tags := tag_list(new.mapping("tags")):
            aws.call("dynamodb", "tag_resource", ResourceArn=arn, Tags=tags)


def _update_stream(aws: Aws, it: Existing, new: Props) -> None:
    if it.state.flag("streamEnabled") and new.flag("streamEnabled"):  # another view is another stream
        aws.call("dynamodb", "update_table", TableName=it.id, StreamSpecification={"StreamEnabled": False})
    aws.call("dynamodb", "update_table", TableName=it.id, StreamSpecification=_stream(new))


def _update_indexes(aws: Aws, it: Existing, new: Props) -> None:
    """The service takes one index per update; an index that differs is replaced."""
    old = {block.text("name"): dict(block) for block in it.state.blocks("globalSecondaryIndexes")}
    wanted = {block.text("name"): block for block in new.blocks("globalSecondaryIndexes")}
    kept = {
        name for name, block in wanted.items() if name in old and _index(Props(old[name])) == _index(block)
    }
    for name in old.keys() - kept:
        removal = [{"Delete": {"IndexName": name}}]
        aws.call("dynamodb", "update_table", TableName=it.id, GlobalSecondaryIndexUpdates=removal)
    for name in wanted.keys() - kept:
        addition = [{"Create": _index(wanted[name])}]
        aws.call(
            "dynamodb",
            "update_table",
            TableName=it.id,
            AttributeDefinitions=_attributes(new),
            GlobalSecondaryIndexUpdates=addition,
        )


def _update_ttl(aws: Aws, it: Existing, new: Props) -> None:
    before, after = _seen_ttl(aws, it.id), new.block("ttl")
    if before["enabled"]:
        _set_ttl(aws, it.id, str(before["attributeName"]), enabled=False)
    if after.flag("enabled"):
        _set_ttl(aws, it.id, after.text("attributeName"), enabled=True)


def _delete(aws: Aws, it: Existing) -> None:
    aws.call("dynamodb", "delete_table", TableName=it.id)


# moto forgets later changes of encryption and never tells the table class, so neither is read back.
TYPES: Types = {
    "aws:dynamodb/table:Table": ResourceType(
        create=_create,
        read=_read,
        update=_update,
        delete=_delete,
        checks=(
            required("hashKey", "attributes"),
            one_of("billingMode", ("PROVISIONED", "PAY_PER_REQUEST")),
            one_of("streamViewType", VIEWS),
            one_of("tableClass", ("STANDARD", "STANDARD_INFREQUENT_ACCESS")),
            *TABLE_CHECKS,
        ),
        autoname="name",
        defaults={"billingMode": "PROVISIONED", "deletionProtectionEnabled": False},
        changing=frozenset({"streamArn", "streamLabel"}),
        changing_with=frozenset({"streamEnabled", "streamViewType"}),
    ),
}
