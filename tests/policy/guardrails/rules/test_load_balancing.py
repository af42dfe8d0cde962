"""Load balancers, listeners, target groups, and the alarm on sick targets."""

from collections.abc import Callable

import pytest

from tests.policy.cases import UNKNOWN, Case, clean, found, left_open, resource

BALANCERS = ("aws:lb/loadBalancer:LoadBalancer", "aws:alb/loadBalancer:LoadBalancer")
TARGETS = ("aws:lb/targetGroup:TargetGroup", "aws:alb/targetGroup:TargetGroup")
OF_WEB = {"listenerArn": ("web",)}
LISTENERS = ("aws:lb/listener:Listener", "aws:alb/listener:Listener")


def balancer(**props: object):
    return resource(BALANCERS[0], "api", **{"urn": "api", **props})


def listener(*actions: object, **props: object):
    return resource(LISTENERS[0], "web", defaultActions=list(actions), **props)


def rule(*actions: object, **props: object):
    own = {"listenerArn": UNKNOWN, "links": OF_WEB, "actions": list(actions)}
    return resource("aws:lb/listenerRule:ListenerRule", "paths", **{**own, **props})


def targets(check: object = None, **props: object):
    own = {"protocol": "HTTP", "urn": "api", **({} if check is None else {"healthCheck": check})}
    return resource(TARGETS[0], "api", **{**own, **props})


def checked(**changed: object):
    good = {"path": "/healthz", "matcher": "200", "interval": 15.0, "timeout": 5.0}
    merged = {**good, **changed}
    return {key: value for key, value in merged.items() if value is not None}


def redirect(**to: object):
    return {"type": "redirect", "redirect": to}


def alarm(**props: object):
    return resource(
        "aws:cloudwatch/metricAlarm:MetricAlarm", "sick", **{"metricName": "UnHealthyHostCount", **props}
    )


FORWARD = {"type": "forward", "targetGroupArn": "arn:tg"}
CHECK = "tg-health-check"
CASES: list[Case] = [
    clean(CHECK, "complete", targets(checked())),
    clean(CHECK, "several codes", targets(checked(matcher="200,204"))),
    clean(CHECK, "a range within success", targets(checked(matcher="200-299"))),
    clean(
        CHECK,
        "TCP needs neither path nor matcher",
        targets({"protocol": "TCP", "interval": 30.0}, protocol="TCP"),
    ),
    clean(
        CHECK,
        "a TCP group without a word on the check",
        targets({"port": "traffic-port", "interval": 30.0}, protocol="TCP"),
    ),
    clean(CHECK, "a function", resource(TARGETS[0], targetType="lambda")),
    clean(CHECK, "gRPC codes", targets(checked(matcher="0,12"), protocolVersion="GRPC")),
    clean(CHECK, "in a list of one", targets([checked()])),
    clean(CHECK, "a path left open", targets(checked(path=UNKNOWN))),
    *(found(CHECK, f"none, {kind}", resource(kind, protocol="HTTP")) for kind in TARGETS),
    found(CHECK, "only the bridge's key", targets({"__defaults": []})),
    found(CHECK, "off", targets(checked(enabled=False)), mentions="switched off"),
    found(CHECK, "off as text", targets(checked(enabled="false"))),
    found(CHECK, "no path", targets(checked(path=None)), mentions="health_check.path"),
    found(CHECK, "no matcher", targets(checked(matcher=None)), mentions="no matcher"),
    found(CHECK, "a wide matcher", targets(checked(matcher="200-499")), mentions="200-499"),
    found(CHECK, "one wide part", targets(checked(matcher="200,301-302"))),
    found(CHECK, "a matcher of words", targets(checked(matcher="ok"))),
    found(
        CHECK,
        "HTTP check of TCP targets without path",
        targets({"protocol": "HTTP", "matcher": "200"}, protocol="TCP"),
    ),
    found(CHECK, "timeout as long as the interval", targets(checked(interval=5.0, timeout=5.0))),
    found(CHECK, "timeout above the default interval", targets(checked(interval=None, timeout=31.0))),
    found(CHECK, "interval below the default timeout", targets(checked(interval=5.0, timeout=None))),
    found(CHECK, "a threshold of one", targets(checked(healthyThreshold=1.0)), mentions="healthy_threshold"),
    found(CHECK, "a threshold of eleven", targets(checked(unhealthyThreshold=11.0))),
    found(CHECK, "a wide gRPC range", targets(checked(matcher="0-99"), protocolVersion="GRPC")),
    found(CHECK, "path unknown, matcher wide", targets(checked(path=UNKNOWN, matcher="200-599"))),
    left_open(CHECK, "unknown", targets(UNKNOWN)),
    left_open(CHECK, "matcher unknown", targets(checked(matcher=UNKNOWN))),
    left_open(CHECK, "interval unknown", targets(checked(interval=UNKNOWN))),
    clean("tg-health-check-protocol", "plain targets", targets(checked())),
    clean("tg-health-check-protocol", "both HTTPS", targets(checked(protocol="HTTPS"), protocol="HTTPS")),
    clean("tg-health-check-protocol", "TCP", targets({"protocol": "TCP"}, protocol="TCP")),
    found("tg-health-check-protocol", "checked plainly", targets(checked(protocol="HTTP"), protocol="HTTPS")),
    found("tg-health-check-protocol", "the default", targets(checked(), protocol="HTTPS")),
    left_open("tg-health-check-protocol", "unknown", targets(checked(protocol=UNKNOWN), protocol="HTTPS")),
    *(
        clean("alb-https", f"HTTPS, {kind}", resource(kind, protocol="HTTPS", defaultActions=[FORWARD]))
        for kind in LISTENERS
    ),
    clean(
        "alb-https",
        "a redirect",
        listener(redirect(protocol="HTTPS", statusCode="HTTP_301"), protocol="HTTP"),
    ),
    clean("alb-https", "a gateway's", listener(FORWARD)),
    clean("alb-https", "TCP", listener(FORWARD, protocol="TCP")),
    clean("alb-https", "TLS", listener(FORWARD, protocol="TLS")),
    found("alb-https", "a forward", listener(FORWARD, protocol="HTTP"), mentions="forward"),
    found("alb-https", "a fixed answer", listener({"type": "fixed-response"}, protocol="HTTP")),
    found("alb-https", "no protocol", listener(FORWARD, port=80.0)),
    found("alb-https", "a redirect to HTTP", listener(redirect(protocol="HTTP"), protocol="HTTP")),
    found("alb-https", "a redirect to the same", listener(redirect(port="8443"), protocol="HTTP")),
    found(
        "alb-https",
        "a redirect and a forward",
        listener(redirect(protocol="HTTPS"), FORWARD, protocol="HTTP"),
        mentions="[1]",
    ),
    found(
        "alb-https",
        "a rule that forwards before the redirect",
        listener(redirect(protocol="HTTPS"), protocol="HTTP", urn="web"),
        rule(FORWARD),
        mentions="paths: answers plain HTTP with the action forward",
    ),
    found(
        "alb-https",
        "a rule in the other spelling",
        resource(
            LISTENERS[1], "web", urn="web", protocol="HTTP", defaultActions=[redirect(protocol="HTTPS")]
        ),
        resource(
            "aws:alb/listenerRule:ListenerRule", "paths", listenerArn=UNKNOWN, links=OF_WEB, actions=[FORWARD]
        ),
    ),
    clean(
        "alb-https",
        "a rule that redirects",
        listener(redirect(protocol="HTTPS"), protocol="HTTP", urn="web"),
        rule(redirect(protocol="HTTPS", path="/new")),
    ),
    clean("alb-https", "a rule of HTTPS", listener(FORWARD, protocol="HTTPS", urn="web"), rule(FORWARD)),
    clean(
        "alb-https",
        "a rule of another listener",
        listener(redirect(protocol="HTTPS"), protocol="HTTP", urn="web", arn="arn:web"),
        rule(FORWARD, listenerArn="arn:other", links={}),
    ),
    left_open(
        "alb-https",
        "a rule whose action is unknown",
        listener(redirect(protocol="HTTPS"), protocol="HTTP", urn="web"),
        rule({"type": UNKNOWN}),
    ),
    left_open("alb-https", "protocol unknown", listener(FORWARD, protocol=UNKNOWN)),
    left_open("alb-https", "action unknown", listener({"type": UNKNOWN}, protocol="HTTP")),
    clean("alb-tls-policy", "plain", listener(protocol="HTTP")),
    clean(
        "alb-tls-policy",
        "TLS 1.3",
        listener(protocol="HTTPS", sslPolicy="ELBSecurityPolicy-TLS13-1-3-2021-06"),
    ),
    clean(
        "alb-tls-policy",
        "restricted",
        listener(protocol="TLS", sslPolicy="ELBSecurityPolicy-TLS13-1-2-Res-2021-06"),
    ),
    found(
        "alb-tls-policy",
        "TLS 1.0",
        listener(protocol="HTTPS", sslPolicy="ELBSecurityPolicy-TLS13-1-0-2021-06"),
    ),
    found(
        "alb-tls-policy",
        "an older 1.2",
        listener(protocol="HTTPS", sslPolicy="ELBSecurityPolicy-TLS-1-2-2017-01"),
    ),
    clean(
        "alb-tls-policy",
        "good, protocol unknown",
        listener(protocol=UNKNOWN, sslPolicy="ELBSecurityPolicy-TLS13-1-2-2021-06"),
    ),
    found("alb-tls-policy", "none", listener(protocol="HTTPS"), mentions="states no"),
    found("alb-tls-policy", "none on TLS", listener(protocol="TLS")),
    left_open("alb-tls-policy", "unknown", listener(protocol="HTTPS", sslPolicy=UNKNOWN)),
    clean(
        "alb-access-logs",
        "on, kind unknown",
        balancer(loadBalancerType=UNKNOWN, accessLogs={"enabled": True, "bucket": UNKNOWN}),
    ),
    clean("alb-drop-invalid-headers", "a network balancer", balancer(loadBalancerType="network")),
    *(found("alb-drop-invalid-headers", f"none, {kind}", resource(kind)) for kind in BALANCERS),
    left_open("alb-drop-invalid-headers", "unknown", balancer(dropInvalidHeaderFields=UNKNOWN)),
    clean("alb-access-logs", "a bucket left open", balancer(accessLogs={"enabled": True, "bucket": UNKNOWN})),
    clean("alb-access-logs", "a gateway", balancer(loadBalancerType="gateway")),
    found("alb-access-logs", "none", balancer()),
    found("alb-access-logs", "off", balancer(accessLogs={"enabled": False, "bucket": "logs"})),
    found("alb-access-logs", "no bucket", balancer(accessLogs={"enabled": True, "bucket": ""})),
    left_open("alb-access-logs", "unknown", balancer(accessLogs={"enabled": UNKNOWN, "bucket": "logs"})),
    clean("alb-deletion-protection", "on as text", balancer(enableDeletionProtection="true")),
    found("alb-deletion-protection", "off", balancer(enableDeletionProtection=False)),
    left_open("alb-deletion-protection", "unknown", balancer(enableDeletionProtection=UNKNOWN)),
    clean("alb-desync-and-az", "two subnets left open", balancer(subnets=[UNKNOWN, UNKNOWN])),
    clean(
        "alb-desync-and-az",
        "two mappings",
        balancer(subnetMappings=[{"subnetId": "a"}, {"subnetId": "b"}], desyncMitigationMode="strictest"),
    ),
    found("alb-desync-and-az", "monitor", balancer(subnets=["a", "b"], desyncMitigationMode="monitor")),
    found("alb-desync-and-az", "one subnet", balancer(subnets=["a"])),
    found("alb-desync-and-az", "one subnet twice", balancer(subnets=["a", "a"])),
    left_open(
        "alb-desync-and-az", "mode unknown", balancer(subnets=["a", "b"], desyncMitigationMode=UNKNOWN)
    ),
    left_open("alb-desync-and-az", "subnets unknown", balancer(subnets=UNKNOWN)),
    clean("alb-waf", "internal", balancer(internal=True)),
    clean("alb-waf", "a network balancer", balancer(loadBalancerType="network")),
    clean(
        "alb-waf",
        "by ARN",
        balancer(arn="arn:lb"),
        resource("aws:wafv2/webAclAssociation:WebAclAssociation", resourceArn="arn:lb"),
    ),
    clean(
        "alb-waf",
        "the regional one",
        balancer(),
        resource("aws:wafregional/webAclAssociation:WebAclAssociation", links={"resourceArn": ("api",)}),
    ),
    found("alb-waf", "none", balancer()),
    found("alb-waf", "none, internal not stated", balancer(internal=UNKNOWN)),
    found(
        "alb-waf",
        "another balancer's",
        balancer(arn="arn:lb"),
        resource("aws:wafv2/webAclAssociation:WebAclAssociation", resourceArn="arn:other"),
    ),
    found(
        "alb-waf",
        "none, another balancer's kind unknown",
        balancer(),
        balancer(urn="b", internal=UNKNOWN, links={"internal": ("api",)}),
        mentions="api",
    ),
    left_open(
        "alb-waf",
        "association unknown",
        balancer(),
        resource("aws:wafv2/webAclAssociation:WebAclAssociation", resourceArn=UNKNOWN),
    ),
    clean(
        "alarm-per-target-group",
        "by suffix",
        targets(arnSuffix="targetgroup/api/1"),
        alarm(dimensions={"TargetGroup": "targetgroup/api/1"}),
    ),
    clean(
        "alarm-per-target-group",
        "by the ARN's end",
        targets(arn="arn:aws:elasticloadbalancing:eu:1:targetgroup/api/1"),
        alarm(dimensions={"TargetGroup": "targetgroup/api/1"}),
    ),
    clean(
        "alarm-per-target-group",
        "by a query",
        targets(),
        resource(
            "aws:cloudwatch/metricAlarm:MetricAlarm",
            metricQueries=[{"metric": {"metricName": "UnHealthyHostCount"}}],
            links={"metricQueries": ("api",)},
        ),
    ),
    found(
        "alarm-per-target-group",
        "a query about another group beside one about this",
        targets(arnSuffix="targetgroup/api/1"),
        resource(TARGETS[0], "b", urn="other", arnSuffix="targetgroup/b/2"),
        resource(
            "aws:cloudwatch/metricAlarm:MetricAlarm",
            metricQueries=[
                {
                    "metric": {
                        "metricName": "UnHealthyHostCount",
                        "dimensions": {"TargetGroup": "targetgroup/b/2"},
                    }
                },
                {
                    "metric": {
                        "metricName": "RequestCount",
                        "dimensions": {"TargetGroup": "targetgroup/api/1"},
                    }
                },
            ],
            links={"metricQueries": ("api", "other")},
        ),
    ),
    found(
        "alarm-per-target-group",
        "an alarm that rings when none is sick",
        targets(),
        alarm(comparisonOperator="LessThanThreshold", links={"dimensions": ("api",)}),
    ),
    clean("alarm-per-target-group", "a function", resource(TARGETS[0], targetType="lambda")),
    found("alarm-per-target-group", "none", targets()),
    clean(
        "alarm-per-target-group",
        "few healthy ones",
        targets(),
        alarm(
            metricName="HealthyHostCount",
            comparisonOperator="LessThanThreshold",
            links={"dimensions": ("api",)},
        ),
    ),
    found(
        "alarm-per-target-group",
        "an alarm that rings when all are healthy",
        targets(),
        alarm(metricName="HealthyHostCount", links={"dimensions": ("api",)}),
    ),
    found(
        "alarm-per-target-group",
        "another metric",
        targets(),
        alarm(metricName="RequestCount", links={"dimensions": ("api",)}),
    ),
    found(
        "alarm-per-target-group",
        "another group's",
        targets(arnSuffix="targetgroup/api/1"),
        resource(TARGETS[0], "b", urn="other", arnSuffix="targetgroup/b/2"),
        alarm(dimensions={"TargetGroup": "targetgroup/web/2"}),
    ),
    left_open("alarm-per-target-group", "dimensions unknown", targets(), alarm(dimensions=UNKNOWN)),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_load_balancing(case: Case, try_case: Callable[[Case], None]):
    try_case(case)
