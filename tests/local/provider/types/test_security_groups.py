"""Security groups and their rules, against moto."""

import pytest

GROUP = "aws:ec2/securityGroup:SecurityGroup"
DEFAULT = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
HTTPS = {"ipProtocol": "tcp", "fromPort": 443, "toPort": 443}


@pytest.fixture
def group(stack, network):
    made = stack.create(GROUP, {"vpcId": network["vpcId"], "description": "d", "tags": {"a": "1"}})
    yield made
    stack.operations.delete(made.urn, made.id, made.outputs)


def rules_of(stack, identity):
    filters = [{"Name": "group-id", "Values": [identity]}]
    answer = stack.aws.call("ec2", "describe_security_group_rules", Filters=filters)
    return answer.blocks("SecurityGroupRules")


def test_a_new_group_has_no_rule_at_all_and_goes_away(stack, group):
    assert rules_of(stack, group.id) == []
    stack.update(group, tags={"b": "2"})
    stack.delete(group)


def test_inline_rules_are_changed_in_place_and_drift(stack, network):
    rule = {"protocol": "tcp", "fromPort": 80, "toPort": 80, "cidrBlocks": ["10.0.0.0/16"]}
    group = stack.create(GROUP, {"vpcId": network["vpcId"], "ingress": [rule]}, name="inline")
    changed = stack.update(group, ingress=[{**rule, "fromPort": 81, "toPort": 81}])
    more = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    stack.aws.call("ec2", "authorize_security_group_ingress", GroupId=group.id, IpPermissions=[more])

    drifted = stack.drift(changed)["ingress"]
    assert isinstance(drifted, list)
    assert len(drifted) == 2
    stack.delete(changed)


@pytest.mark.parametrize("token", [INGRESS, EGRESS])
def test_a_rule_is_a_resource_of_its_own(stack, group, token):
    rule = stack.create(token, {"securityGroupId": group.id, **HTTPS, "cidrIpv4": "10.0.0.0/16"})

    assert [one.text("SecurityGroupRuleId") for one in rules_of(stack, group.id)] == [rule.id]
    assert stack.replaces(rule, toPort=444)
    stack.delete(rule)


def test_a_rule_may_name_another_group(stack, group):
    rule = stack.create(
        INGRESS,
        {"securityGroupId": group.id, **HTTPS, "referencedSecurityGroupId": group.id, "tags": {"a": "1"}},
    )

    stack.update(rule, tags={"b": "2"})
    stack.delete(rule)


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({**HTTPS}, "cidrIpv4"),
        ({**HTTPS, "cidrIpv4": "10.0.0.0/8", "prefixListId": "pl-1"}, "cidrIpv4"),
        ({"ipProtocol": "tcp", "cidrIpv4": "10.0.0.0/8"}, "fromPort"),
        ({"ipProtocol": "tcp", "fromPort": 9, "toPort": 8, "cidrIpv4": "10.0.0.0/8"}, "fromPort"),
    ],
    ids=["no source", "two sources", "no ports", "ports reversed"],
)
def test_a_rule_that_cannot_be_is_refused(stack, given, wrong):
    assert set(stack.refusals(INGRESS, {"securityGroupId": "sg-1", **given})) == {wrong}


def test_a_name_that_looks_like_an_id_is_refused(stack):
    assert "begins with sg-" in stack.refusals(GROUP, {"name": "sg-mine"})["name"]


def test_the_default_group_of_a_vpc_is_adopted_and_emptied(stack):
    vpc = stack.create("aws:ec2/vpc:Vpc", {"cidrBlock": "10.6.0.0/16"})
    default = stack.create(DEFAULT, {"vpcId": vpc.id, "tags": {"a": "1"}})

    assert default.id == vpc.outputs["defaultSecurityGroupId"]
    assert rules_of(stack, default.id) == []
    stack.update(default, tags={"b": "2"})
