"""Tags of everything in EC2: given at creation, changed by the resource's id."""

from local.provider.types.aws import Aws
from local.provider.types.props import Props
from local.provider.types.resource import Change, Existing, removed_tags, tag_list


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


def only_tags(aws: Aws, it: Existing, change: Change) -> None:
    """The update of a type of which nothing but tags can change in place."""
    retag(aws, it, change)
