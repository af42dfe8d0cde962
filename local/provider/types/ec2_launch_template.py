"""Launch templates: each change is a new version, which becomes the default one when the program says so."""

from collections.abc import Iterator

from local.provider.types.aws import Aws, found
from local.provider.types.checks import length, one_of
from local.provider.types.ec2_tags import retag, specification, tags_seen
from local.provider.types.props import Props
from local.provider.types.resource import (
    Change,
    CheckFailure,
    Created,
    Existing,
    Outputs,
    ResourceType,
    Types,
)
from local.provider.types.spelling import chosen, seen

DATA = (
    "blockDeviceMappings",
    "capacityReservationSpecification",
    "cpuOptions",
    "creditSpecification",
    "disableApiStop",
    "disableApiTermination",
    "ebsOptimized",
    "enclaveOptions",
    "hibernationOptions",
    "iamInstanceProfile",
    "imageId",
    "instanceInitiatedShutdownBehavior",
    "instanceMarketOptions",
    "instanceRequirements",
    "instanceType",
    "keyName",
    "maintenanceOptions",
    "metadataOptions",
    "monitoring",
    "networkInterfaces",
    "placement",
    "privateDnsNameOptions",
    "tagSpecifications",
    "userData",
    "vpcSecurityGroupIds",
)
RENAMED = {"vpcSecurityGroupIds": "SecurityGroupIds", "securityGroups": "Groups"}
VERSIONED = frozenset({*DATA, "description"})
TAGGABLE_KINDS = ("instance", "volume", "network-interface", "spot-instances-request", "elastic-gpu")


def _create(aws: Aws, new: Props) -> Created:
    answer = aws.call(
        "ec2",
        "create_launch_template",
        LaunchTemplateName=new.text("name"),
        VersionDescription=new.maybe_text("description"),
        LaunchTemplateData=chosen(new, *DATA, renamed=RENAMED),
        TagSpecifications=specification("launch-template", new),
    )
    return Created(id=answer.block("LaunchTemplate").text("LaunchTemplateId"))


def _read(aws: Aws, it: Existing) -> Outputs | None:
    answer = aws.call("ec2", "describe_launch_templates", LaunchTemplateIds=[it.id])
    template = found(answer, "LaunchTemplates")
    asked = {"LaunchTemplateId": it.id, "Versions": ["$Latest"]}
    newest = found(aws.call("ec2", "describe_launch_template_versions", **asked), "LaunchTemplateVersions")
    data = newest.block("LaunchTemplateData")
    # moto lists the template's own tags among those of what it launches
    launched = [
        one.raw for one in data.blocks("TagSpecifications") if one.text("ResourceType") in TAGGABLE_KINDS
    ]
    return {
        **seen(Props({**data, "TagSpecifications": launched or None}), *DATA, renamed=RENAMED),
        "arn": aws.arn("ec2", f"launch-template/{it.id}"),
        "name": template.text("LaunchTemplateName"),
        "description": newest.maybe_text("VersionDescription"),
        "latestVersion": template.number("LatestVersionNumber"),
        "defaultVersion": template.number("DefaultVersionNumber"),
        "tags": tags_seen(aws, it.id),
    }


def _update(aws: Aws, it: Existing, change: Change) -> None:
    wanted = change.inputs.maybe_number("defaultVersion") if change.touches("defaultVersion") else None
    if change.touches(*VERSIONED):
        answer = aws.call(
            "ec2",
            "create_launch_template_version",
            LaunchTemplateId=it.id,
            VersionDescription=change.inputs.maybe_text("description"),
            LaunchTemplateData=chosen(change.inputs, *DATA, renamed=RENAMED),
        )
        if change.inputs.flag("updateDefaultVersion"):
            wanted = answer.block("LaunchTemplateVersion").number("VersionNumber")
    if wanted is not None:
        aws.call("ec2", "modify_launch_template", LaunchTemplateId=it.id, DefaultVersion=str(wanted))
    retag(aws, it, change)


def _delete(aws: Aws, it: Existing) -> None:
    aws.call("ec2", "delete_launch_template", LaunchTemplateId=it.id)


def _groups_in_one_place(inputs: Props) -> Iterator[CheckFailure]:
    if inputs.has("vpcSecurityGroupIds") and inputs.has("networkInterfaces"):
        reason = "belongs into networkInterfaces[].securityGroups when network interfaces are given"
        yield CheckFailure(property="vpcSecurityGroupIds", reason=reason)


def _tags_known_kinds(inputs: Props) -> Iterator[CheckFailure]:
    for index, block in enumerate(inputs.blocks("tagSpecifications")):
        if (kind := block.maybe_text("resourceType")) not in TAGGABLE_KINDS:
            reason = f"{kind!r} is not allowed; use one of {', '.join(TAGGABLE_KINDS)}"
            yield CheckFailure(property=f"tagSpecifications[{index}].resourceType", reason=reason)


def _metadata_makes_sense(inputs: Props) -> Iterator[CheckFailure]:
    allowed = {
        "httpEndpoint": ("enabled", "disabled"),
        "httpTokens": ("optional", "required"),
        "instanceMetadataTags": ("enabled", "disabled"),
    }
    options = inputs.block("metadataOptions")
    for key, values in allowed.items():
        if options.has(key) and options.text(key) not in values:
            reason = f"{options.text(key)!r} is not allowed; use one of {', '.join(values)}"
            yield CheckFailure(property=f"metadataOptions.{key}", reason=reason)


TYPES: Types = {
    "aws:ec2/launchTemplate:LaunchTemplate": ResourceType(
        create=_create,
        read=_read,
        update=_update,
        delete=_delete,
        replace_on=frozenset({"name", "namePrefix"}),
        checks=(
            length("name", 3, 128),
            one_of("instanceInitiatedShutdownBehavior", ("stop", "terminate")),
            _groups_in_one_place,
            _tags_known_kinds,
            _metadata_makes_sense,
        ),
        autoname="name",
        name_limit=128,
        changing=frozenset({"latestVersion", "defaultVersion"}),
    ),
}
