"""Changed rules of security groups: moto changes those between IPv4 ranges that name ports, and no others."""

from typing import Any

from moto.ec2.responses.security_groups import SecurityGroups

from local.emulator.registering import Request, Result, answer, failure

_RANGES = {"CidrIpv4": "CidrIp", "CidrIpv6": "CidrIpv6"}


def _modify(request: Request) -> Result:
    group = request.ec2_backend.get_security_group_by_name_or_id(request._get_param("GroupId"))
    if group is None:
        raise failure("InvalidGroup.NotFound", f"there is no group {request._get_param('GroupId')}")
    for update in request._get_param("SecurityGroupRules", []):
        rule = group.get_rule(update["SecurityGroupRuleId"])
        if rule is None:
            raise failure(
                "InvalidSecurityGroupRuleId.NotFound", f"there is no {update['SecurityGroupRuleId']}"
            )
        _apply(rule, update["SecurityGroupRule"])
    return {"Return": True}


def _apply(rule: Any, wanted: dict[str, Any]) -> None:
    source = rule.source_group or rule.ip_range
    kept = {**source, "Description": wanted["Description"]} if "Description" in wanted else dict(source)
    rule.ip_protocol = wanted["IpProtocol"]
    rule.from_port, rule.to_port = wanted.get("FromPort"), wanted.get("ToPort")
    if rule.source_group:
        rule.source_group = {**kept, "GroupId": wanted["ReferencedGroupId"]}
    else:
        rule.ip_range = kept | {ours: wanted[key] for key, ours in _RANGES.items() if key in wanted}


def install() -> None:
    """Register this answer."""
    answer(SecurityGroups, modify_security_group_rules=_modify)
