"""Tags of everything in EC2: given at creation, changed by the resource's id."""

from local.provider.types.aws import Aws
from local.provider.types.props import Props
from local.provider.types.resource import Change, Existing, removed_tags, tag_list, tag_mapping


def specification(kind: str, inputs: Props) -> list[dict[str, object]] | None:
    """The parameter TagSpecifications; None when there are no tags."""
    tags = tag_list(inputs.mapping("tags"))
    return [{"ResourceType": kind, "Tags": tags}] if tags else None


def retag(aws: Aws, it: Existing, change: Change) -> None:
    """Make the tags those of the inputs."""
    if not change.touches("tags"):
        return
    if gone := removed_tags(it, change):
        aws.call("ec2", "delete_tags", Resources=[it.id], Tags=[{"Key": key} for key in gone])
    if tags := tag_list(change.inputs.mapping("tags")):
        aws.call("ec2", "create_tags", Resources=[it.id], Tags=tags)


def tags_seen(aws: Aws, identity: str) -> dict[str, str]:
    """The tags by the resource's id, for kinds whose own description keeps showing the first ones in moto."""
    mine = [{"Name": "resource-id", "Values": [identity]}]
    return tag_mapping(aws.pages("ec2", "describe_tags", "Tags", Filters=mine))


def only_tags(aws: Aws, it: Existing, change: Change) -> None:
    """The update of a type of which nothing but tags can change in place."""
    retag(aws, it, change)
