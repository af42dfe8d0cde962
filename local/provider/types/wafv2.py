"""Web ACLs and what they protect."""

from collections.abc import Iterator

from local.provider.types.aws import Aws
from local.provider.types.checks import one_of, required
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
from local.provider.types.spelling import camel, pascal

RENAMED = {
    "cloudwatchMetricsEnabled": "CloudWatchMetricsEnabled",
    "ipSetReferenceStatement": "IPSetReferenceStatement",
    "ipSetForwardedIpConfig": "IPSetForwardedIPConfig",
    "forwardedIpConfig": "ForwardedIPConfig",
    "arn": "ARN",
}
SETTINGS = ("defaultAction", "description", "rules", "visibilityConfig")


def _create(aws: Aws, new: Props) -> Created:
    name, scope = new.text("name"), new.text("scope")
    tags = tag_list(new.mapping("tags"))
    answer = aws.call("wafv2", "create_web_acl", Name=name, Scope=scope, Tags=tags, **_settings(new))
    identity = answer.block("Summary").text("Id")
    return Created(id=identity, outputs={"name": name, "scope": scope})


def _settings(new: Props) -> dict[str, object]:
    return {
        "DefaultAction": pascal(dict(new.block("defaultAction")), RENAMED),
        "Description": new.maybe_text("description") or None,
        "Rules": pascal(new.items_of("rules"), RENAMED),
        "VisibilityConfig": pascal(dict(new.block("visibilityConfig")), RENAMED),
    }


def _found(aws: Aws, it: Existing) -> Props:
    name, scope = it.state.text("name"), it.state.text("scope")
    return aws.call("wafv2", "get_web_acl", Name=name, Scope=scope, Id=it.id)


def _read(aws: Aws, it: Existing) -> Outputs | None:
    answer = _found(aws, it)
    acl = answer.block("WebACL")
    arn = acl.text("ARN")
    tags = aws.call("wafv2", "list_tags_for_resource", ResourceARN=arn).block("TagInfoForResource")
    return {
        "name": acl.text("Name"),
        "arn": arn,
        "capacity": acl.maybe_number("Capacity") or 0,
        "description": acl.maybe_text("Description") or "",
        "defaultAction": camel(dict(acl.block("DefaultAction")), RENAMED),
        "rules": camel(acl.items_of("Rules"), RENAMED),
        "visibilityConfig": camel(dict(acl.block("VisibilityConfig")), RENAMED),
        "tags": tag_mapping(tags.blocks("TagList")),
    }


def _update(aws: Aws, it: Existing, change: Change) -> None:
    named = {"Name": it.state.text("name"), "Scope": it.state.text("scope"), "Id": it.id}
    if change.touches(*SETTINGS):
        lock = _found(aws, it).text("LockToken")
        aws.call("wafv2", "update_web_acl", **named, LockToken=lock, **_settings(change.inputs))
    if change.touches("tags"):
        arn = it.state.text("arn")
        if gone := removed_tags(it, change):
            aws.call("wafv2", "untag_resource", ResourceARN=arn, TagKeys=gone)
        if tags := tag_list(change.inputs.mapping("tags")):
            aws.call("wafv2", "tag_resource", ResourceARN=arn, Tags=tags)


def _delete(aws: Aws, it: Existing) -> None:
    lock = _found(aws, it).text("LockToken")
    named = {"Name": it.state.text("name"), "Scope": it.state.text("scope"), "Id": it.id}
    aws.call("wafv2", "delete_web_acl", **named, LockToken=lock)


def _protect(aws: Aws, new: Props) -> Created:
    acl, resource = new.text("webAclArn"), new.text("resourceArn")
    aws.call("wafv2", "associate_web_acl", WebACLArn=acl, ResourceArn=resource)
    return Created(id=f"{acl},{resource}")


def _read_protection(aws: Aws, it: Existing) -> Outputs | None:
    acl, resource = it.id.split(",", 1)
    found = aws.call("wafv2", "get_web_acl_for_resource", ResourceArn=resource).block("WebACL")
    if found.maybe_text("ARN") != acl:
        return None
    return {"webAclArn": acl, "resourceArn": resource}


def _unprotect(aws: Aws, it: Existing) -> None:
    aws.call("wafv2", "disassociate_web_acl", ResourceArn=it.id.split(",", 1)[1])


def _rules_are_whole(inputs: Props) -> Iterator[CheckFailure]:
    rules = inputs.blocks("rules")
    priorities = [rule.maybe_number("priority") for rule in rules]
    if len(set(priorities)) < len(priorities):
        yield CheckFailure(property="rules", reason="two rules have the same priority; give each its own")
    for rule in rules:
        name = rule.maybe_text("name")
        group = rule.block("statement")
        of_group = group.has("managedRuleGroupStatement") or group.has("ruleGroupReferenceStatement")
        wanted, other = ("overrideAction", "action") if of_group else ("action", "overrideAction")
        if not rule.has(wanted) or rule.has(other):
            yield CheckFailure(property="rules", reason=f"rule {name!r} needs {wanted} and no {other}")


def _acts_by_default(inputs: Props) -> Iterator[CheckFailure]:
    given = [key for key in ("allow", "block") if inputs.block("defaultAction").has(key)]
    if len(given) != 1:
        yield CheckFailure(property="defaultAction", reason="give exactly one of allow and block")


TYPES: Types = {
    "aws:wafv2/webAcl:WebAcl": ResourceType(
        create=_create,
        read=_read,
        update=_update,
        delete=_delete,
        checks=(
            required("defaultAction", "scope", "visibilityConfig"),
            one_of("scope", ("REGIONAL", "CLOUDFRONT")),
            _acts_by_default,
            _rules_are_whole,
        ),
        autoname="name",
        name_limit=128,
    ),
    "aws:wafv2/webAclAssociation:WebAclAssociation": ResourceType(
        create=_protect,
        read=_read_protection,
        delete=_unprotect,
        checks=(required("resourceArn", "webAclArn"),),
        taggable=False,
    ),
}
