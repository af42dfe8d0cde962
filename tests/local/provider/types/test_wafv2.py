"""Web ACLs, against moto."""

import pytest

ACL = "aws:wafv2/webAcl:WebAcl"
METRICS = {"cloudwatchMetricsEnabled": True, "metricName": "m", "sampledRequestsEnabled": True}
MANAGED = {
    "name": "common",
    "priority": 1,
    "overrideAction": {"none": {}},
    "statement": {"managedRuleGroupStatement": {"vendorName": "AWS", "name": "AWSManagedRulesCommonRuleSet"}},
    "visibilityConfig": METRICS,
}
RATE = {
    "name": "rate",
    "priority": 2,
    "action": {"block": {}},
    "statement": {"rateBasedStatement": {"limit": 2000, "aggregateKeyType": "IP"}},
    "visibilityConfig": METRICS,
}
GIVEN = {
    "name": "api",
    "scope": "REGIONAL",
    "defaultAction": {"allow": {}},
    "rules": [MANAGED, RATE],
    "visibilityConfig": METRICS,
    "tags": {"Project": "p"},
}


def test_an_acl_is_changed_in_place_and_is_gone_once_deleted(stack):
    acl = stack.create(ACL, GIVEN)

    assert ":regional/webacl/api/" in acl.outputs["arn"]
    slower = {**RATE, "statement": {"rateBasedStatement": {"limit": 100, "aggregateKeyType": "IP"}}}
    acl = stack.update(acl, rules=[MANAGED, slower], description="the API's")
    acl = stack.update(acl, tags={"Owner": "o"})
    stack.delete(acl)


def test_a_rule_changed_by_hand_is_drift(stack):
    acl = stack.create(ACL, GIVEN)
    named = {"Name": "api", "Scope": "REGIONAL", "Id": acl.id}
    lock = stack.aws.call("wafv2", "get_web_acl", **named).text("LockToken")
    free = {"RateBasedStatement": {"Limit": 1_000_000, "AggregateKeyType": "IP"}}
    rule = {"Name": "rate", "Priority": 2, "Action": {"Block": {}}, "Statement": free}
    metrics = {"CloudWatchMetricsEnabled": True, "MetricName": "m", "SampledRequestsEnabled": True}
    stack.aws.call(
        "wafv2",
        "update_web_acl",
        **named,
        LockToken=lock,
        DefaultAction={"Allow": {}},
        Rules=[{**rule, "VisibilityConfig": metrics}],
        VisibilityConfig=metrics,
    )

    assert [rule["name"] for rule in stack.drift(acl)["rules"]] == ["rate"]


def test_an_acl_protects_a_balancer_until_it_no_longer_does(stack, network):
    acl = stack.create(ACL, GIVEN)
    balancer = stack.create(
        "aws:lb/loadBalancer:LoadBalancer", {"name": "api", "subnets": network["subnets"]}
    )
    given = {"webAclArn": acl.outputs["arn"], "resourceArn": balancer.id}
    stack.delete(stack.create("aws:wafv2/webAclAssociation:WebAclAssociation", given))


@pytest.mark.parametrize(
    ("change", "key", "reason"),
    [
        ({"scope": "GLOBAL"}, "scope", "not allowed"),
        ({"defaultAction": {}}, "defaultAction", "exactly one"),
        ({"rules": [MANAGED, {**RATE, "priority": 1}]}, "rules", "same priority"),
        ({"rules": [{**RATE, "action": None}]}, "rules", "needs action"),
        ({"rules": [{**MANAGED, "action": {"block": {}}}]}, "rules", "no action"),
    ],
)
def test_an_acl_that_waf_refuses_is_refused(stack, change, key, reason):
    assert reason in stack.refusals(ACL, GIVEN | change)[key]
