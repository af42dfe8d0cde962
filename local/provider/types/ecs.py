"""ECS clusters and task definitions."""

import json
from collections.abc import Mapping

from local.provider.types.aws import Aws
from local.provider.types.checks import json_text, length, one_of, required
from local.provider.types.ecs_checks import TASK_CHECKS
from local.provider.types.props import Props
from local.provider.types.resource import (
    Change,
    Created,
    Existing,
    Outputs,
    ResourceType,
    Types,
    removed_tags,
    tag_mapping,
)

RENAMED = {"sizeInGib": "sizeInGiB", "s3BucketEncryptionEnabled": "s3EncryptionEnabled"}
ACTIVE = "ACTIVE"


def sent(value: object) -> object:
    """A nested setting as ECS takes it: its names are ours but for two; absent values vanish."""
    if isinstance(value, Mapping):
        return {RENAMED.get(key, key): sent(inner) for key, inner in value.items() if inner is not None}
    return [sent(inner) for inner in value] if isinstance(value, list) else value


def seen(value: object) -> object:
    """The reverse of `sent`."""
    back = {theirs: ours for ours, theirs in RENAMED.items()}
    if isinstance(value, Mapping):
        return {back.get(key, key): seen(inner) for key, inner in value.items()}
    return [seen(inner) for inner in value] if isinstance(value, list) else value


def tags_sent(inputs: Props) -> list[dict[str, str]] | None:
    """Tags as ECS takes them, or None when there are none."""
    return [{"key": key, "value": value} for key, value in sorted(inputs.mapping("tags").items())] or None


def tags_seen(found: Props) -> dict[str, str]:
    """Tags as Pulumi has them."""
    return tag_mapping(found.blocks("tags"), key="key", value="value")


def set_tags(aws: Aws, arn: str, it: Existing, change: Change) -> None:
    """Make the tags of anything in ECS what the inputs say."""
    if gone := removed_tags(it, change):
        aws.call("ecs", "untag_resource", resourceArn=arn, tagKeys=gone)
    if tags := tags_sent(change.inputs):
        aws.call("ecs", "tag_resource", resourceArn=arn, tags=tags)


def _create_cluster(aws: Aws, new: Props) -> Created:
    answer = aws.call(
        "ecs", "create_cluster", clusterName=new.text("name"), tags=tags_sent(new), **_cluster_settings(new)
    )
    return Created(id=answer.block("cluster").text("clusterArn"))


def _cluster_settings(new: Props) -> dict[str, object]:
    return {
        "settings": sent(new.items_of("settings")) or None,
        "configuration": sent(dict(new.block("configuration"))) or None,
        "serviceConnectDefaults": sent(dict(new.block("serviceConnectDefaults"))) or None,
    }


def _read_cluster(aws: Aws, it: Existing) -> Outputs | None:
    parts = ["TAGS", "SETTINGS", "CONFIGURATIONS"]
    found = aws.call("ecs", "describe_clusters", clusters=[it.id], include=parts).blocks("clusters")
    if not found or found[0].text("status") != ACTIVE:
        return None
    cluster = found[0]
    return {
        "name": cluster.text("clusterName"),
        "arn": cluster.text("clusterArn"),
        "settings": seen(cluster.items_of("settings")),
        "configuration": seen(dict(cluster.block("configuration"))),
        "serviceConnectDefaults": seen(dict(cluster.block("serviceConnectDefaults"))),
        "tags": tags_seen(cluster),
    }


def _update_cluster(aws: Aws, it: Existing, change: Change) -> None:
    if change.touches("settings", "configuration", "serviceConnectDefaults"):
        aws.call("ecs", "update_cluster", cluster=it.id, **_cluster_settings(change.inputs))
    if change.touches("tags"):
        set_tags(aws, it.id, it, change)


def _delete_cluster(aws: Aws, it: Existing) -> None:
    aws.call("ecs", "delete_cluster", cluster=it.id)


def _create_task(aws: Aws, new: Props) -> Created:
    family = new.text("family")
    answer = aws.call(
        "ecs",
        "register_task_definition",
        family=family,
        containerDefinitions=new.json("containerDefinitions"),
        networkMode=new.maybe_text("networkMode"),
        requiresCompatibilities=new.texts("requiresCompatibilities") or None,
        cpu=new.maybe_text("cpu"),
        memory=new.maybe_text("memory"),
        taskRoleArn=new.maybe_text("taskRoleArn"),
        executionRoleArn=new.maybe_text("executionRoleArn"),
        volumes=[_volume(block) for block in new.blocks("volumes")] or None,
        runtimePlatform=sent(dict(new.block("runtimePlatform"))) or None,
        ephemeralStorage=sent(dict(new.block("ephemeralStorage"))) or None,
        placementConstraints=sent(new.items_of("placementConstraints")) or None,
        tags=tags_sent(new),
    )
    return Created(id=family, outputs={"arn": answer.block("taskDefinition").text("taskDefinitionArn")})


def _volume(block: Props) -> dict[str, object]:
    rest = {key: sent(value) for key, value in block.items() if key != "hostPath" and value is not None}
    path = block.maybe_text("hostPath")
    return {**rest, "host": {"sourcePath": path}} if path else rest


def _read_task(aws: Aws, it: Existing) -> Outputs | None:
    """A revision never changes: only its status and its tags can differ from what was registered."""
    wanted = it.state.maybe_text("arn") or it.id
    answer = aws.call("ecs", "describe_task_definition", taskDefinition=wanted, include=["TAGS"])
    found = answer.block("taskDefinition")
    if found.text("status") != ACTIVE:
        return None
    arn = found.text("taskDefinitionArn")
    shown: Outputs = {
        "family": found.text("family"),
        "arn": arn,
        "arnWithoutRevision": arn.rsplit(":", 1)[0],
        "revision": found.number("revision"),
        "networkMode": found.maybe_text("networkMode"),
        "tags": tags_seen(answer),
    }
    if it.state.has("containerDefinitions"):
        return shown
    return {**shown, "containerDefinitions": json.dumps(found.items_of("containerDefinitions"))}


def _update_task(aws: Aws, it: Existing, change: Change) -> None:
    if change.touches("tags"):
        set_tags(aws, it.state.text("arn"), it, change)


def _delete_task(aws: Aws, it: Existing) -> None:
    if not it.state.flag("skipDestroy"):
        aws.call("ecs", "deregister_task_definition", taskDefinition=it.state.text("arn"))


TYPES: Types = {
    "aws:ecs/cluster:Cluster": ResourceType(
        create=_create_cluster,
        read=_read_cluster,
        update=_update_cluster,
        delete=_delete_cluster,
        autoname="name",
    ),
    "aws:ecs/taskDefinition:TaskDefinition": ResourceType(
        create=_create_task,
        read=_read_task,
        update=_update_task,
        delete=_delete_task,
        checks=(
            required("family", "containerDefinitions"),
            length("family", 1, 255),
            one_of("networkMode", ("awsvpc", "bridge", "host", "none")),
            json_text("containerDefinitions"),
            *TASK_CHECKS,
        ),
    ),
}
