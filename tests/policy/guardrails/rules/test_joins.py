"""What belongs together in a stack: by a recorded dependency in a preview, by id, ARN or name in a state."""

from collections.abc import Callable

import pytest

from tests.policy.cases import TAGS, UNKNOWN, Case, clean, found, left_open, resource, tag

GROUP = "aws:autoscaling/group:Group"
LESS = [tag(key, value) for key, value in TAGS.items() if key != "Owner"]
OWNER = tag("Owner", "video")
TARGETS = [{"key": "tag:Fleet", "values": ["cpu"]}]


def group(**props: object):
    return resource(GROUP, "fleet", **{"urn": "fleet", "name": "fleet-1", **props})


def tag_beside(entry: object, **props: object):
    return resource(
        "aws:autoscaling/tag:Tag", "beside", **{"autoscalingGroupName": "fleet-1", "tag": entry, **props}
    )


def association():
    return resource("aws:ssm/association:Association", "bootstrap", targets=TARGETS)


def attachment(**props: object):
    return resource(
        "aws:autoscaling/attachment:Attachment",
        "attached",
        **{"autoscalingGroupName": "fleet-1", "lbTargetGroupArn": "arn:t", **props},
    )


def traffic_source(kind: str):
    return resource(
        "aws:autoscaling/trafficSourceAttachment:TrafficSourceAttachment",
        "attached",
        autoscalingGroupName="fleet-1",
        trafficSource={"identifier": "arn:t", "type": kind},
    )


def record(**props: object):
    alias = {"name": UNKNOWN, "zoneId": UNKNOWN, "evaluateTargetHealth": False}
    return resource("aws:route53/record:Record", "api", **{"aliases": [alias], **props})


def security_group(**props: object):
    return resource("aws:ec2/securityGroup:SecurityGroup", "sg", **{"urn": "sg", **props})


INLINE = {"protocol": "tcp", "fromPort": 443, "toPort": 443, "cidrBlocks": ["10.0.0.0/8"]}
ALONE = resource(
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
    "rule",
    ipProtocol="tcp",
    fromPort=443,
    toPort=443,
    cidrIpv4="10.0.0.0/8",
    links={"securityGroupId": ("sg",)},
)


def alone(**props: object):
    return resource(
        "aws:ec2/securityGroupRule:SecurityGroupRule",
        "rule",
        **{"type": "ingress", "securityGroupId": "sg-1", "fromPort": 1, "toPort": 2, **props},
    )


PORTS = {"fromPort": 1, "toPort": 2}
ANYWHERE = {"protocol": "-1", "cidrBlocks": ["0.0.0.0/0"]}
READ_BACK = [
    (
        "a protocol by number",
        {"ingress": [{"protocol": "tcp", "cidrBlocks": ["10.0.0.0/8"], **PORTS}]},
        {"protocol": "6", "cidrBlocks": ["10.0.0.0/8"]},
    ),
    (
        "the group itself",
        {"ingress": [{"protocol": "tcp", "self": True, **PORTS}]},
        {"protocol": "tcp", "self": True},
    ),
    (
        "the group itself by its id",
        {"ingress": [{"protocol": "tcp", "self": True, **PORTS}]},
        {"protocol": "tcp", "sourceSecurityGroupId": "sg-1"},
    ),
    (
        "every protocol",
        {"egress": [{**ANYWHERE, "fromPort": 0, "toPort": 0}]},
        {"type": "egress", **ANYWHERE, "fromPort": -1, "toPort": -1},
    ),
]
ATTACHED = resource(
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    "attached",
    policyArn="arn:a",
    links={"role": ("role",)},
)
ELSEWHERE = {"launchTemplate": {"id": "lt-elsewhere", "version": "1"}}
BALANCER = "urn:pulumi:dev::clip-it::aws:lb/loadBalancer:LoadBalancer::alb"
CDN = "urn:pulumi:dev::clip-it::aws:cloudfront/distribution:Distribution::cdn"
EDGE = "urn:pulumi:dev::clip-it::aws:apigateway/domainName:DomainName::api"
OTHER_STACK = "urn:pulumi:dev::clip-it::pulumi:pulumi:StackReference::base"

CASES: list[Case] = [
    clean("instance-effective-tags", "a template of another stack", group(tags=LESS, **ELSEWHERE)),
    found(
        "instance-effective-tags",
        "a preview without a template",
        group(tags=LESS, launchTemplate=UNKNOWN, mixedInstancesPolicy=UNKNOWN),
    ),
    found(
        "instance-effective-tags",
        "a template by its id, in a version still to be made",
        resource("aws:ec2/launchTemplate:LaunchTemplate", "worker", id="lt-1", name="worker-1"),
        group(tags=LESS, launchTemplate={"version": UNKNOWN, "id": "lt-1"}),
        mentions="Owner",
    ),
    clean("instance-effective-tags", "a tag beside the group", group(tags=LESS), tag_beside(OWNER)),
    found(
        "instance-effective-tags",
        "a tag beside the group that stays there",
        group(tags=LESS),
        tag_beside(tag("Owner", "video", propagate=False)),
        mentions="Owner",
    ),
    clean("ssm-association-target-matches", "a template of another stack", group(**ELSEWHERE), association()),
    found(
        "ssm-association-target-matches",
        "a template of another stack, overruled by the group",
        group(tags=[tag("Fleet", "gpu")], **ELSEWHERE),
        association(),
    ),
    clean(
        "ssm-association-target-matches",
        "a tag beside the group",
        group(),
        tag_beside(tag("Fleet", "cpu")),
        association(),
    ),
    found("asg-elb-health-check", "attached by name", group(healthCheckType="EC2"), attachment()),
    found(
        "asg-elb-health-check",
        "attached in a preview",
        group(healthCheckType="EC2"),
        attachment(autoscalingGroupName=UNKNOWN, links={"autoscalingGroupName": ("fleet",)}),
    ),
    clean("asg-elb-health-check", "attached and heard", group(healthCheckType="ELB"), attachment()),
    clean(
        "asg-elb-health-check",
        "another group attached",
        group(healthCheckType="EC2"),
        attachment(autoscalingGroupName="other"),
    ),
    found("asg-elb-health-check", "a traffic source", group(healthCheckType="EC2"), traffic_source("elbv2")),
    clean(
        "asg-elb-health-check",
        "a lattice beside",
        group(healthCheckType="VPC_LATTICE"),
        traffic_source("vpc-lattice"),
    ),
    found(
        "asg-elb-health-check",
        "one place unknown, another known",
        group(healthCheckType="EC2", targetGroupArns=UNKNOWN, loadBalancers=["classic"]),
    ),
    found(
        "route53-evaluate-target",
        "a balancer whose zone is unknown",
        record(links={"aliases": (BALANCER,)}),
        resource("aws:lb/loadBalancer:LoadBalancer", "alb", urn=BALANCER),
    ),
    clean(
        "route53-evaluate-target",
        "a distribution whose zone is unknown",
        record(links={"aliases": (CDN,)}),
        resource("aws:cloudfront/distribution:Distribution", "cdn", urn=CDN),
    ),
    clean(
        "route53-evaluate-target",
        "an API's domain at the edge whose zone is unknown",
        record(links={"aliases": (EDGE,)}),
        resource("aws:apigateway/domainName:DomainName", "api", urn=EDGE, certificateArn="arn:c"),
    ),
    found(
        "route53-evaluate-target",
        "an API's domain in its region whose zone is unknown",
        record(links={"aliases": (EDGE,)}),
        resource("aws:apigateway/domainName:DomainName", "api", urn=EDGE, regionalCertificateArn="arn:c"),
    ),
    left_open(
        "route53-evaluate-target",
        "a target of another stack",
        record(links={"aliases": (OTHER_STACK,)}),
        resource("pulumi:pulumi:StackReference", "base", urn=OTHER_STACK),
    ),
    left_open(
        "route53-evaluate-target",
        "an unknown flag of a distribution",
        record(
            aliases=[{"name": "d", "zoneId": "Z1", "evaluateTargetHealth": UNKNOWN}],
            links={"aliases": (CDN,)},
        ),
        resource("aws:cloudfront/distribution:Distribution", "cdn", urn=CDN),
    ),
    clean("sg-no-mixed-rules", "read back", security_group(id="sg-1", ingress=[INLINE]), ALONE),
    *(
        clean("sg-no-mixed-rules", f"{title}, read back", security_group(id="sg-1", **shown), alone(**stated))
        for title, shown, stated in READ_BACK
    ),
    found(
        "sg-no-mixed-rules", "said twice of a new group", security_group(id=UNKNOWN, ingress=[INLINE]), ALONE
    ),
    found(
        "iam-no-mixed-policies",
        "said twice of a new role",
        resource("aws:iam/role:Role", "role", urn="role", id=UNKNOWN, managedPolicyArns=["arn:a"]),
        ATTACHED,
    ),
    found(
        "iam-no-mixed-policies",
        "stated from another resource",
        resource(
            "aws:iam/role:Role",
            "role",
            urn="role",
            managedPolicyArns=["arn:a"],
            links={"managedPolicyArns": ("p",)},
        ),
        resource("aws:iam/policy:Policy", "p", urn="p"),
        ATTACHED,
    ),
    left_open(
        "iam-no-mixed-policies",
        "shown of an older policy, perhaps",
        resource("aws:iam/role:Role", "role", urn="role", managedPolicyArns=["arn:a"]),
        resource(
            "aws:iam/rolePolicyAttachment:RolePolicyAttachment", policyArn=UNKNOWN, links={"role": ("role",)}
        ),
    ),
    found(
        "sg-no-mixed-rules",
        "inline from another group",
        security_group(id="sg-1", ingress=[INLINE], links={"ingress": ("other",)}),
        security_group(urn="other", id="sg-2"),
        ALONE,
    ),
    found(
        "iam-no-mixed-policies",
        "an empty inline policy, which removes all others",
        resource("aws:iam/role:Role", "role", urn="role", inlinePolicies=[{"__defaults": []}]),
        resource("aws:iam/rolePolicy:RolePolicy", "own", name="own", links={"role": ("role",)}),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_join(case: Case, try_case: Callable[[Case], None]):
    try_case(case)
