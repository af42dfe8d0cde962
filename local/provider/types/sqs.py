"""SQS queues and their policies."""

import json
import re
from collections.abc import Iterator

from local.provider.types.attributes import Attribute, Attributes, changed, given, seen
from local.provider.types.aws import Aws
from local.provider.types.checks import between, json_text, required
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
)

QUEUE: Attributes = {
    "contentBasedDeduplication": Attribute(api="ContentBasedDeduplication", kind="flag"),
    "deduplicationScope": Attribute(api="DeduplicationScope"),
    "delaySeconds": Attribute(api="DelaySeconds", kind="number", unset="0"),
    "fifoQueue": Attribute(api="FifoQueue", kind="flag"),
    "fifoThroughputLimit": Attribute(api="FifoThroughputLimit"),
    "kmsDataKeyReusePeriodSeconds": Attribute(api="KmsDataKeyReusePeriodSeconds"),
    "kmsMasterKeyId": Attribute(api="KmsMasterKeyId"),
    "maxMessageSize": Attribute(api="MaximumMessageSize", kind="number", unset="1048576"),
    "messageRetentionSeconds": Attribute(api="MessageRetentionPeriod", kind="number", unset="345600"),
    "policy": Attribute(api="Policy", shared=True),
    "receiveWaitTimeSeconds": Attribute(api="ReceiveMessageWaitTimeSeconds", kind="number", unset="0"),
    "redriveAllowPolicy": Attribute(
        api="RedriveAllowPolicy", readable=False
    ),  # moto keeps it and never tells it
    "redrivePolicy": Attribute(api="RedrivePolicy", shared=True),
    "sqsManagedSseEnabled": Attribute(api="SqsManagedSseEnabled", kind="flag"),
    "visibilityTimeoutSeconds": Attribute(api="VisibilityTimeout", kind="number", unset="30"),
}
DEFAULTS = ("delaySeconds", "messageRetentionSeconds", "receiveWaitTimeSeconds", "visibilityTimeoutSeconds")
NAME = re.compile(r"[A-Za-z0-9_-]{1,80}|[A-Za-z0-9_-]{1,75}\.fifo")


def _create(aws: Aws, new: Props) -> Created:
    tags = new.mapping("tags") or None
    answer = aws.call(
        "sqs", "create_queue", QueueName=new.text("name"), Attributes=given(QUEUE, new), tags=tags
    )
    return Created(id=answer.text("QueueUrl"))


def _read(aws: Aws, it: Existing) -> Outputs | None:
    found = aws.call("sqs", "get_queue_attributes", QueueUrl=it.id, AttributeNames=["All"]).block(
        "Attributes"
    )
    return {
        **seen(QUEUE, it.state, found),
        "name": it.id.rsplit("/", 1)[-1],
        "arn": found.text("QueueArn"),
        "url": it.id,
        "sqsManagedSseEnabled": found.flag("SqsManagedSseEnabled") and not found.has("KmsMasterKeyId"),
        "tags": aws.call("sqs", "list_queue_tags", QueueUrl=it.id).mapping("Tags"),
    }


def _update(aws: Aws, it: Existing, change: Change) -> None:
    if attributes := changed(QUEUE, change):
        aws.call("sqs", "set_queue_attributes", QueueUrl=it.id, Attributes=attributes)
    if change.touches("tags"):
        if gone := removed_tags(it, change):
            aws.call("sqs", "untag_queue", QueueUrl=it.id, TagKeys=gone)
        aws.call("sqs", "tag_queue", QueueUrl=it.id, Tags=change.inputs.mapping("tags"))


def _set_policy(aws: Aws, url: str, policy: str) -> None:
    aws.call("sqs", "set_queue_attributes", QueueUrl=url, Attributes={"Policy": policy})


def _delete(aws: Aws, it: Existing) -> None:
    aws.call("sqs", "delete_queue", QueueUrl=it.id)


def _put_policy(aws: Aws, new: Props) -> Created:
    url = new.text("queueUrl")
    _set_policy(aws, url, new.text("policy"))
    return Created(id=url)


def _read_policy(aws: Aws, it: Existing) -> Outputs | None:
    found = aws.call("sqs", "get_queue_attributes", QueueUrl=it.id, AttributeNames=["Policy"])
    text = found.block("Attributes").maybe_text("Policy")
    return {"queueUrl": it.id, "policy": text} if text else None


def _update_policy(aws: Aws, _it: Existing, change: Change) -> None:
    _put_policy(aws, change.inputs)


def _delete_policy(aws: Aws, it: Existing) -> None:
    _set_policy(aws, it.id, "")


def _well_named(inputs: Props) -> Iterator[CheckFailure]:
    name, fifo = inputs.maybe_text("name"), inputs.flag("fifoQueue")
    if name is not None and not NAME.fullmatch(name):
        reason = f"{name!r} is not a queue name; 1 to 80 letters, digits, hyphens and underscores are allowed"
        yield CheckFailure(property="name", reason=reason)
    if name is not None and fifo != name.endswith(".fifo"):
        reason = f"{name!r}: the name of a FIFO queue, and of no other, ends in .fifo"
        yield CheckFailure(property="name", reason=reason)
    if inputs.flag("contentBasedDeduplication") and not fifo:
        yield CheckFailure(property="contentBasedDeduplication", reason="is allowed on FIFO queues only")


def _one_encryption(inputs: Props) -> Iterator[CheckFailure]:
    if inputs.flag("sqsManagedSseEnabled") and inputs.has("kmsMasterKeyId"):
        reason = "is not allowed beside sqsManagedSseEnabled; give one of the two"
        yield CheckFailure(property="kmsMasterKeyId", reason=reason)


def _redrives(inputs: Props) -> Iterator[CheckFailure]:
    policy = inputs.json("redrivePolicy")
    if policy is None:
        return
    if not isinstance(policy, dict) or not {"deadLetterTargetArn", "maxReceiveCount"} <= policy.keys():
        reason = f"{json.dumps(policy)}: give deadLetterTargetArn and maxReceiveCount"
        yield CheckFailure(property="redrivePolicy", reason=reason)
    elif not 1 <= int(policy["maxReceiveCount"]) <= 1000:  # noqa: PLR2004  the API's range
        reason = f"maxReceiveCount {policy['maxReceiveCount']} is out of range; 1 to 1000 are allowed"
        yield CheckFailure(property="redrivePolicy", reason=reason)


TYPES: Types = {
    "aws:sqs/queue:Queue": ResourceType(
        create=_create,
        read=_read,
        update=_update,
        delete=_delete,
        checks=(
            between("visibilityTimeoutSeconds", 0, 43_200),
            between("messageRetentionSeconds", 60, 1_209_600),
            between("delaySeconds", 0, 900),
            between("receiveWaitTimeSeconds", 0, 20),
            between("maxMessageSize", 1024, 1_048_576),
            between("kmsDataKeyReusePeriodSeconds", 60, 86_400),
            json_text("policy"),
            json_text("redriveAllowPolicy"),
            _well_named,
            _one_encryption,
            _redrives,
        ),
        autoname="name",
        defaults={key: int(QUEUE[key].unset) for key in DEFAULTS},
        name_limit=80,
        name_suffix=lambda inputs: ".fifo" if inputs.get("fifoQueue") is True else "",
    ),
    "aws:sqs/queuePolicy:QueuePolicy": ResourceType(
        create=_put_policy,
        read=_read_policy,
        update=_update_policy,
        delete=_delete_policy,
        checks=(required("queueUrl", "policy"), json_text("policy")),
        taggable=False,
    ),
}
