"""Security groups and their rules."""

from collections.abc import Callable, Iterator

from local.provider.types.aws import Aws, GoneError, found
from local.provider.types.checks import exactly_one, length, required
from local.provider.types.ec2_tags import retag, specification
from local.provider.types.props import Props
from local.provider.types.resource import (
    Change,
    CheckFailure,
    Created,
    Existing,
    Outputs,
    ResourceType,
    Types,
    tag_mapping,
)

SOURCES = ("cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId")
DIRECTIONS = ("ingress", "egress")
EVERYTHING = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
HIGHEST_PORT = 65535


def _group(aws: Aws, identity: str) -> Props:
    return found(aws.call("ec2", "describe_security_groups", GroupIds=[identity]), "SecurityGroups")


def _create_group(aws: Aws, new: Props) -> Created:
    answer = aws.call(
        "ec2",
        "create_security_group",
        GroupName=new.text("name"),
        Description=new.text("description"),
        VpcId=new.maybe_text("vpcId"),
        TagSpecifications=specification("security-group", new),
    )
    identity = answer.text("GroupId")
    # AWS lets a new group speak to everybody; Pulumi's groups have only the rules that they list.
    aws.call("ec2", "revoke_security_group_egress", GroupId=identity, IpPermissions=[EVERYTHING])
    _allow(aws, identity, new)
    return Created(id=identity)


def _allow(aws: Aws, identity: str, inputs: Props) -> None:
    for direction in DIRECTIONS:
        if permissions := [_permission(rule, identity) for rule in inputs.blocks(direction)]:
            operation = f"authorize_security_group_{direction}"
            aws.call("ec2", operation, GroupId=identity, IpPermissions=permissions)


def _permission(rule: Props, identity: str) -> dict[str, object]:
    groups = [*rule.texts("securityGroups"), *([identity] if rule.flag("self") else [])]
    described = {"Description": text} if (text := rule.maybe_text("description")) else {}
    parts: dict[str, object] = {
        "IpProtocol": rule.text("protocol"),
        "IpRanges": [{"CidrIp": cidr, **described} for cidr in rule.texts("cidrBlocks")],
        "UserIdGroupPairs": [{"GroupId": group, **described} for group in groups],
    }
    if rule.text("protocol") != "-1":
        parts |= {"FromPort": rule.number("fromPort"), "ToPort": rule.number("toPort")}
    return {key: value for key, value in parts.items() if value}


def _rule_of(permission: Props, identity: str) -> dict[str, object]:
    pairs = permission.blocks("UserIdGroupPairs")
    groups = [pair.text("GroupId") for pair in pairs]
    return {
        "protocol": permission.text("IpProtocol"),
        "fromPort": permission.maybe_number("FromPort") or 0,
        "toPort": permission.maybe_number("ToPort") or 0,
        "cidrBlocks": [one.text("CidrIp") for one in permission.blocks("IpRanges")],
        "securityGroups": [group for group in groups if group != identity],
        "self": identity in groups,
    }


def _read_group(aws: Aws, it: Existing) -> Outputs | None:
    group = _group(aws, it.id)
    lists = {"ingress": "IpPermissions", "egress": "IpPermissionsEgress"}
    # Rules that are resources of their own are their own business.
    inline = {
        direction: [_rule_of(permission, it.id) for permission in group.blocks(api)]
        for direction, api in lists.items()
        if it.state.has(direction)
    }
    return {
        **inline,
        "arn": aws.arn("ec2", f"security-group/{it.id}"),
        "name": group.text("GroupName"),
        "description": group.text("Description"),
        "vpcId": group.maybe_text("VpcId"),
        "ownerId": aws.account,
        "tags": tag_mapping(group.blocks("Tags")),
    }


def _update_group(aws: Aws, it: Existing, change: Change) -> None:
    if change.touches(*DIRECTIONS):
        _revoke_everything(aws, it.id)
        _allow(aws, it.id, change.inputs)
    retag(aws, it, change)


def _revoke_everything(aws: Aws, identity: str) -> None:
    group = _group(aws, identity)
    for direction, api in (("ingress", "IpPermissions"), ("egress", "IpPermissionsEgress")):
        if permissions := group.get(api):
            operation = f"revoke_security_group_{direction}"
            aws.call("ec2", operation, GroupId=identity, IpPermissions=permissions)


def _delete_group(aws: Aws, it: Existing) -> None:
    aws.call("ec2", "delete_security_group", GroupId=it.id)


def _adopt_default_group(aws: Aws, new: Props) -> Created:
    filters = [
        {"Name": "vpc-id", "Values": [new.text("vpcId")]},
        {"Name": "group-name", "Values": ["default"]},
    ]
    groups = aws.call("ec2", "describe_security_groups", Filters=filters).blocks("SecurityGroups")
    identity = groups[0].text("GroupId")
    _revoke_everything(aws, identity)
    _allow(aws, identity, new)
    if tags := specification("security-group", new):
        aws.call("ec2", "create_tags", Resources=[identity], Tags=tags[0]["Tags"])
    return Created(id=identity)


def _let_go(_aws: Aws, _it: Existing) -> None:
    """A default group cannot be deleted; it goes with its VPC."""


def _create_rule(direction: str) -> Callable[[Aws, Props], Created]:
    def create(aws: Aws, new: Props) -> Created:
        described = {"Description": text} if (text := new.maybe_text("description")) else {}
        shapes = {
            "cidrIpv4": ("IpRanges", "CidrIp"),
            "cidrIpv6": ("Ipv6Ranges", "CidrIpv6"),
            "prefixListId": ("PrefixListIds", "PrefixListId"),
            "referencedSecurityGroupId": ("UserIdGroupPairs", "GroupId"),
        }
        source = next(key for key in SOURCES if new.has(key))
        outer, inner = shapes[source]
        permission: dict[str, object] = {
            "IpProtocol": new.text("ipProtocol"),
            outer: [{inner: new.text(source), **described}],
        }
        if new.has("fromPort"):
            permission |= {"FromPort": new.number("fromPort"), "ToPort": new.number("toPort")}
        answer = aws.call(
            "ec2",
            f"authorize_security_group_{direction}",
            GroupId=new.text("securityGroupId"),
            IpPermissions=[permission],
            TagSpecifications=specification("security-group-rule", new),
        )
        return Created(id=answer.blocks("SecurityGroupRules")[0].text("SecurityGroupRuleId"))

    return create


def _read_rule(aws: Aws, it: Existing) -> Outputs | None:
    mine = [{"Name": "group-id", "Values": [it.state.text("securityGroupId")]}]
    rules = aws.call("ec2", "describe_security_group_rules", Filters=mine).blocks("SecurityGroupRules")
    rule = next((one for one in rules if one.text("SecurityGroupRuleId") == it.id), None)
    if rule is None:
        raise GoneError("ec2:describe_security_group_rules", "NotFound", it.id)
    ports = {"fromPort": rule.maybe_number("FromPort"), "toPort": rule.maybe_number("ToPort")}
    return {
        **(ports if rule.text("IpProtocol") != "-1" else {}),
        "arn": aws.arn("ec2", f"security-group-rule/{it.id}"),
        "securityGroupRuleId": it.id,
        "securityGroupId": rule.text("GroupId"),
        "ipProtocol": rule.text("IpProtocol"),
        "cidrIpv4": rule.maybe_text("CidrIpv4"),
        "cidrIpv6": rule.maybe_text("CidrIpv6"),
        "prefixListId": rule.maybe_text("PrefixListId"),
        "referencedSecurityGroupId": rule.block("ReferencedGroupInfo").maybe_text("GroupId"),
        "description": rule.maybe_text("Description") or None,
        "tags": tag_mapping(rule.blocks("Tags")),
    }


RULE = {
    "cidrIpv4": "CidrIpv4",
    "cidrIpv6": "CidrIpv6",
    "description": "Description",
    "fromPort": "FromPort",
    "ipProtocol": "IpProtocol",
    "prefixListId": "PrefixListId",
    "referencedSecurityGroupId": "ReferencedGroupId",
    "toPort": "ToPort",
}


def _update_rule(aws: Aws, it: Existing, change: Change) -> None:
    if change.touches(*RULE):
        rule = {theirs: change.inputs[ours] for ours, theirs in RULE.items() if change.inputs.has(ours)}
        update = {"SecurityGroupRuleId": it.id, "SecurityGroupRule": {"Description": "", **rule}}
        group = change.inputs.text("securityGroupId")
        aws.call("ec2", "modify_security_group_rules", GroupId=group, SecurityGroupRules=[update])
    retag(aws, it, change)


def _delete_rule(direction: str) -> Callable[[Aws, Existing], None]:
    def delete(aws: Aws, it: Existing) -> None:
        group, operation = it.state.text("securityGroupId"), f"revoke_security_group_{direction}"
        aws.call("ec2", operation, GroupId=group, SecurityGroupRuleIds=[it.id])

    return delete


def _ports_fit(inputs: Props) -> Iterator[CheckFailure]:
    if inputs.text("ipProtocol") in {"-1", "all"}:
        return
    low, high = inputs.maybe_number("fromPort"), inputs.maybe_number("toPort")
    if low is None or high is None:
        yield CheckFailure(
            property="fromPort", reason="fromPort and toPort are needed unless the protocol is -1"
        )
    elif not -1 <= low <= high <= HIGHEST_PORT:
        reason = f"ports {low} to {high} are no range; 0 to {HIGHEST_PORT}, the lower one first"
        yield CheckFailure(property="fromPort", reason=reason)


def _name_is_free(inputs: Props) -> Iterator[CheckFailure]:
    name = inputs.text("name")
    if name.startswith("sg-"):
        yield CheckFailure(
            property="name", reason=f"{name!r} begins with sg-, which the API keeps for itself"
        )


def _rule_type(direction: str) -> ResourceType:
    return ResourceType(
        create=_create_rule(direction),
        read=_read_rule,
        update=_update_rule,
        delete=_delete_rule(direction),
        checks=(required("securityGroupId", "ipProtocol"), exactly_one(*SOURCES), _ports_fit),
    )


TYPES: Types = {
    "aws:ec2/securityGroup:SecurityGroup": ResourceType(
        create=_create_group,
        read=_read_group,
        update=_update_group,
        delete=_delete_group,
        checks=(length("description", 1, 255), _name_is_free),
        autoname="name",
        defaults={"description": "Managed by Pulumi"},
    ),
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": ResourceType(
        create=_adopt_default_group,
        read=_read_group,
        update=_update_group,
        delete=_let_go,
        checks=(required("vpcId"),),
    ),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": _rule_type("ingress"),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": _rule_type("egress"),
}
