"""Load balancers, target groups and listeners, against moto."""

import json

import pytest

from local.provider.types.aws import RefusedError

BALANCER = "aws:lb/loadBalancer:LoadBalancer"
GROUP = "aws:lb/targetGroup:TargetGroup"
LISTENER = "aws:lb/listener:Listener"
RULE = "aws:lb/listenerRule:ListenerRule"
REFUSAL = {"contentType": "text/plain", "messageBody": "no", "statusCode": "404"}
HEALTH = {
    "path": "/healthz",
    "interval": 15,
    "timeout": 5,
    "healthyThreshold": 2,
    "unhealthyThreshold": 3,
    "matcher": "200",
}
REDIRECT = [{"type": "redirect", "redirect": {"port": "443", "protocol": "HTTPS", "statusCode": "HTTP_301"}}]


@pytest.fixture
def balancer_inputs(network):
    return {
        "name": "api",
        "internal": False,
        "subnets": network["subnets"],
        "securityGroups": network["securityGroups"],
        "dropInvalidHeaderFields": True,
        "idleTimeout": 60,
        "tags": {"Project": "p"},
    }


@pytest.fixture
def balancer(stack, balancer_inputs):
    return stack.create(BALANCER, balancer_inputs)


@pytest.fixture
def group_inputs(network):
    return {
        "name": "api",
        "port": 8080,
        "protocol": "HTTP",
        "targetType": "ip",
        "vpcId": network["vpcId"],
        "deregistrationDelay": 30,
        "healthCheck": HEALTH,
        "tags": {"Project": "p"},
    }


@pytest.fixture
def group(stack, group_inputs):
    return stack.create(GROUP, group_inputs)


@pytest.fixture
def certificate(stack):
    answer = stack.aws.call("acm", "request_certificate", DomainName="api.example.com")
    return answer.text("CertificateArn")


@pytest.fixture
def listener(stack, balancer, group, certificate):
    given = {
        "loadBalancerArn": balancer.id,
        "port": 443,
        "protocol": "HTTPS",
        "sslPolicy": "ELBSecurityPolicy-TLS13-1-2-2021-06",
        "certificateArn": certificate,
        "defaultActions": [{"type": "forward", "targetGroupArn": group.id}],
        "tags": {"Project": "p"},
    }
    return stack.create(LISTENER, given)


def test_a_balancer_tells_its_addresses_and_is_gone_once_deleted(stack, balancer):
    assert str(balancer.outputs["dnsName"]).endswith(".elb.amazonaws.com")
    assert str(balancer.outputs["arnSuffix"]).startswith("app/api/")
    assert balancer.outputs["zoneId"]
    stack.delete(balancer)


@pytest.mark.short_form(1)
@pytest.mark.parametrize(
    "change",
    [
        {"idleTimeout": 90, "enableDeletionProtection": True},
        {"dropInvalidHeaderFields": False},
        {"tags": {"Owner": "o"}},
        {"ipAddressType": "dualstack"},
        {"xffHeaderProcessingMode": "remove", "desyncMitigationMode": "strictest"},
    ],
    ids=str,
)
def test_a_balancer_is_changed_in_place(stack, balancer, change):
    stack.update(balancer, **change)


def test_a_balancer_gets_and_loses_its_access_log(stack, balancer):
    stack.create("aws:s3/bucket:Bucket", {"bucket": "balancer-logs"})
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": "arn:aws:s3:::balancer-logs/*",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    stack.aws.call("s3", "put_bucket_policy", Bucket="balancer-logs", Policy=policy)
    balancer = stack.update(
        balancer, accessLogs={"bucket": "balancer-logs", "enabled": True, "prefix": "api"}
    )

    stack.update(balancer, accessLogs=None)

    found = stack.aws.call("elbv2", "describe_load_balancer_attributes", LoadBalancerArn=balancer.id)
    attributes = {item.text("Key"): item.maybe_text("Value") for item in found.blocks("Attributes")}
    assert attributes["access_logs.s3.enabled"] == "false"


def test_a_balancer_moves_to_other_groups(stack, balancer, network):
    answer = stack.aws.call(
        "ec2", "create_security_group", GroupName="h", Description="d", VpcId=network["vpcId"]
    )
    stack.update(balancer, securityGroups=[answer.text("GroupId")])


def test_an_attribute_changed_by_hand_is_drift(stack, balancer):
    stack.aws.call(
        "elbv2",
        "modify_load_balancer_attributes",
        LoadBalancerArn=balancer.id,
        Attributes=[{"Key": "idle_timeout.timeout_seconds", "Value": "1"}],
    )
    assert stack.drift(balancer) == {"idleTimeout": 1}


def test_an_internal_balancer_is_another_one(stack, balancer):
    assert stack.replaces(balancer, internal=True)


def test_a_group_is_changed_in_place_and_is_gone_once_deleted(stack, group):
    assert str(group.outputs["arnSuffix"]).startswith("targetgroup/api/")
    group = stack.update(group, healthCheck={**HEALTH, "path": "/healthz", "interval": 30})
    group = stack.update(group, deregistrationDelay=5, slowStart=30)
    group = stack.update(group, stickiness={"type": "lb_cookie", "enabled": True, "cookieDuration": 60})
    group = stack.update(group, tags={"Owner": "o"})
    assert stack.replaces(group, port=80)
    stack.delete(group)


def test_a_health_check_changed_by_hand_is_drift(stack, group):
    stack.aws.call("elbv2", "modify_target_group", TargetGroupArn=group.id, HealthCheckPath="/")
    assert stack.drift(group)["healthCheck"]["path"] == "/"


def test_a_secure_listener_is_changed_in_place_and_is_gone_once_deleted(stack, listener):
    listener = stack.update(listener, sslPolicy="ELBSecurityPolicy-TLS-1-2-2017-01")
    answer = {"contentType": "text/plain", "messageBody": "no", "statusCode": "404"}
    listener = stack.update(listener, defaultActions=[{"type": "fixed-response", "fixedResponse": answer}])
    listener = stack.update(listener, tags={"Owner": "o"})
    stack.delete(listener)


def test_a_listener_splits_requests_between_groups(stack, listener, group):
    forward = {
        "targetGroups": [{"arn": group.id, "weight": 3}],
        "stickiness": {"enabled": False, "duration": 1},
    }
    stack.update(listener, defaultActions=[{"type": "forward", "forward": forward}])


def test_a_plain_listener_redirects(stack, balancer):
    given = {"loadBalancerArn": balancer.id, "port": 80, "protocol": "HTTP", "defaultActions": REDIRECT}
    listener = stack.create(LISTENER, given)
    assert listener.outputs["sslPolicy"] == ""


def test_a_listener_opened_by_hand_is_drift(stack, listener, group):
    answer = {"ContentType": "text/plain", "StatusCode": "200"}
    action = {"Type": "fixed-response", "FixedResponseConfig": answer}
    stack.aws.call("elbv2", "modify_listener", ListenerArn=listener.id, DefaultActions=[action])
    assert stack.drift(listener).keys() == {"defaultActions"}


@pytest.fixture
def rule(stack, listener):
    return stack.create(
        RULE,
        {
            "listenerArn": listener.id,
            "priority": 1,
            "conditions": [{"pathPattern": {"values": ["/readyz"]}}],
            "actions": [{"type": "fixed-response", "fixedResponse": REFUSAL}],
            "tags": {"Project": "p"},
        },
    )


def test_a_rule_is_changed_in_place_and_is_gone_once_deleted(stack, rule):
    rule = stack.update(rule, conditions=[{"pathPattern": {"values": ["/a", "/b"]}}])
    rule = stack.update(rule, priority=7)
    rule = stack.update(
        rule, actions=[{"type": "fixed-response", "fixedResponse": {**REFUSAL, "statusCode": "403"}}]
    )
    rule = stack.update(rule, tags={"Owner": "o"})
    stack.delete(rule)


def test_a_rule_moves_to_another_listener_by_replacement(stack, rule):
    assert stack.replaces(rule, listenerArn="arn:aws:elasticloadbalancing:eu-central-1:1:listener/app/a/1/2")


def test_a_rule_changed_by_hand_is_drift(stack, rule):
    condition = {"Field": "path-pattern", "PathPatternConfig": {"Values": ["/nothing"]}}
    stack.aws.call("elbv2", "modify_rule", RuleArn=rule.id, Conditions=[condition])
    assert stack.drift(rule).keys() == {"conditions"}


@pytest.mark.short_form(1)
@pytest.mark.parametrize(
    ("change", "key", "reason"),
    [
        ({"priority": 0}, "priority", "1 to 50000"),
        ({"conditions": [{"queryStrings": [{"value": "a"}]}]}, "conditions", "not emulated"),
        ({"conditions": [{"pathPattern": {"values": list("abcd")}}]}, "conditions", "4 values"),
        ({"actions": [{"type": "fixed-response"}]}, "actions", "needs the block"),
    ],
)
def test_a_rule_that_aws_refuses_is_refused(stack, rule, change, key, reason):
    assert reason in stack.refusals(RULE, dict(rule.inputs) | change)[key]


def test_a_group_in_use_is_not_deleted(stack, listener, group):
    with pytest.raises(RefusedError, match="in use"):
        stack.delete(group)


@pytest.mark.parametrize(
    ("change", "key", "reason"),
    [
        ({"name": "b" * 33}, "name", "33 characters"),
        ({"name": "-api"}, "name", "inner hyphens"),
        ({"name": "internal-api"}, "name", "internal-"),
        ({"subnets": ["subnet-1"]}, "subnets", "two zones"),
        ({"subnets": []}, "subnets", "required"),
        ({"idleTimeout": 0}, "idleTimeout", "1 to 4000"),
        ({"loadBalancerType": "classic"}, "loadBalancerType", "not allowed"),
    ],
)
def test_a_balancer_that_aws_refuses_is_refused(stack, balancer_inputs, change, key, reason):
    assert reason in stack.refusals(BALANCER, balancer_inputs | change)[key]


@pytest.mark.parametrize(
    ("change", "key", "reason"),
    [
        ({"name": "g" * 33}, "name", "33 characters"),
        ({"port": None}, "port", "required"),
        ({"protocol": "FTP"}, "protocol", "not allowed"),
        ({"healthCheck": {**HEALTH, "timeout": 15}}, "healthCheck.timeout", "less than the interval"),
        ({"healthCheck": {**HEALTH, "interval": 4}}, "healthCheck.interval", "5 to 300"),
        ({"healthCheck": {**HEALTH, "path": "healthz"}}, "healthCheck.path", "begin with /"),
        ({"protocol": "TCP"}, "healthCheck.path", "HTTP or HTTPS"),
        ({"deregistrationDelay": 3601}, "deregistrationDelay", "0 to 3600"),
    ],
)
def test_a_group_that_aws_refuses_is_refused(stack, group_inputs, change, key, reason):
    assert reason in stack.refusals(GROUP, group_inputs | change)[key]


@pytest.mark.parametrize(
    ("change", "key", "reason"),
    [
        ({"protocol": "HTTPS"}, "certificateArn", "required for HTTPS"),
        ({"certificateArn": "arn:x"}, "certificateArn", "not allowed with HTTP"),
        ({"defaultActions": [{"type": "forward"}]}, "defaultActions", "targetGroupArn"),
        ({"defaultActions": [{"type": "redirect"}]}, "defaultActions", "needs the block redirect"),
        ({"defaultActions": [{"type": "drop"}]}, "defaultActions", "'drop' is not allowed"),
        ({"port": 70_000}, "port", "1 to 65535"),
    ],
)
def test_a_listener_that_aws_refuses_is_refused(stack, change, key, reason):
    given = {"loadBalancerArn": "arn:b", "port": 80, "protocol": "HTTP", "defaultActions": REDIRECT}
    assert reason in stack.refusals(LISTENER, given | change)[key]
