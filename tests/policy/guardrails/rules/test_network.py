"""Security groups in three spellings, subnets, flow logs, DNS, providers, and rules for all resources."""

import json
from collections.abc import Callable

import pytest

from tests.policy.cases import TAGS, UNKNOWN, Case, clean, found, left_open, resource

GROUP = "aws:ec2/securityGroup:SecurityGroup"
RULE = "aws:ec2/securityGroupRule:SecurityGroupRule"
IN = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
OUT = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
BALANCER = "aws:lb/loadBalancer:LoadBalancer"
SUBNET = "aws:ec2/subnet:Subnet"
RECORD = "aws:route53/record:Record"
PROVIDER = "pulumi:providers:aws"
BASE = "urn:pulumi:dev::clip-it::pulumi:pulumi:StackReference::base"
NET = "urn:pulumi:dev::clip-it::awsx:ec2:Vpc::net"
OF_GROUP = {"securityGroupId": ("sg",)}
ATTACHED = {"securityGroups": ("sg",)}


def inline(*rules: object, **props: object):
    return resource(GROUP, "sg", **{"urn": "sg", "ingress": list(rules), **props})


def ports(first: object, last: object = None, *, protocol: object = "tcp", **sources: object):
    last = first if last is None else last
    return {"protocol": protocol, "fromPort": first, "toPort": last, **sources}


def world(first: object, last: object = None, **more: object):
    return ports(first, last, cidrBlocks=["0.0.0.0/0"], **more)


def standalone(first: object, **props: object):
    return resource(RULE, "rule", type="ingress", **{**ports(first), **props})


def ingress(first: object, **props: object):
    return resource(IN, "rule", ipProtocol="tcp", fromPort=first, toPort=first, **props)


def balancer(**props: object):
    return resource(BALANCER, "api", **{"urn": "api", **props})


def also(kind: str, key: str, value: object):
    """Another resource that has the security group."""
    return resource(f"aws:{kind}", "other", urn="other", links={key: ("sg",)}, **{key: value})


TASKS = "urn:pulumi:dev::clip-it::aws:ec2/securityGroup:SecurityGroup::tasks"
ADMIN = "sg-no-world-admin"
ONLY = "sg-world-only-alb"
CASES: list[Case] = [
    clean(ADMIN, "https", inline(world(443.0))),
    clean(ADMIN, "ssh from the network", inline(ports(22.0, cidrBlocks=["10.0.0.0/8"]))),
    clean(ADMIN, "ping from the world", inline(world(8.0, 0.0, protocol="icmp"))),
    clean(ADMIN, "ssh out to the world", resource(GROUP, egress=[world(22.0)])),
    clean(ADMIN, "an outgoing rule", resource(RULE, type="egress", **world(22.0))),
    clean(ADMIN, "https with an unknown source", inline(ports(443.0, cidrBlocks=UNKNOWN))),
    found(ADMIN, "ssh", inline(world(22.0)), mentions="ingress[0]"),
    found(ADMIN, "rdp over udp", inline(world(3389.0, protocol="udp"))),
    found(ADMIN, "a range", inline(world(0.0, 65535.0))),
    found(ADMIN, "every protocol", inline(world(0.0, protocol="-1"))),
    found(ADMIN, "every protocol as a number", inline(world(0.0, protocol=-1.0))),
    found(ADMIN, "tcp by its number", inline(world(22.0, protocol="6"))),
    found(ADMIN, "IPv6", inline(ports(22.0, ipv6CidrBlocks=["::/0"]))),
    found(ADMIN, "IPv6 spelled out", inline(ports(22.0, ipv6CidrBlocks=["0:0:0:0:0:0:0:0/0"]))),
    found(ADMIN, "half of the world", inline(ports(22.0, cidrBlocks=["0.0.0.0/1", "128.0.0.0/1"]))),
    found(ADMIN, "every public address of IPv6", inline(ports(22.0, ipv6CidrBlocks=["2000::/3"]))),
    clean(ADMIN, "one of 256 networks", inline(ports(22.0, cidrBlocks=["52.0.0.0/8"]))),
    found(ADMIN, "any range of length zero", inline(ports(22.0, cidrBlocks=["10.0.0.0/0"]))),
    found(ADMIN, "the second source", inline(ports(22.0, cidrBlocks=["10.0.0.0/8", "0.0.0.0/0"]))),
    found(ADMIN, "a standalone rule", standalone(22.0, cidrBlocks=["0.0.0.0/0"])),
    found(ADMIN, "a standalone rule, IPv6", standalone(22.0, ipv6CidrBlocks=["::/0"])),
    found(ADMIN, "an ingress rule", ingress(22.0, cidrIpv4="0.0.0.0/0")),
    found(ADMIN, "an ingress rule, IPv6", ingress(22.0, cidrIpv6="::/0")),
    found(ADMIN, "an ingress rule for everything", resource(IN, ipProtocol="-1", cidrIpv4="0.0.0.0/0")),
    found(
        ADMIN,
        "the default group",
        resource("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", ingress=[world(22.0)]),
    ),
    found(ADMIN, "one rule unknown, the next open", inline(UNKNOWN, world(22.0))),
    found(
        ADMIN,
        "one source unknown, the next the world",
        inline(ports(22.0, cidrBlocks=[UNKNOWN, "0.0.0.0/0"])),
    ),
    found(ADMIN, "a port of the options", inline(world(2222.0)), ports=[2222.0]),
    left_open(ADMIN, "source unknown", inline(ports(22.0, cidrBlocks=UNKNOWN))),
    left_open(ADMIN, "port unknown", inline(world(UNKNOWN))),
    left_open(ADMIN, "rules unknown", resource(GROUP, ingress=UNKNOWN)),
    clean(
        ONLY, "the public balancer's web ports", inline(world(80.0), world(443.0)), balancer(links=ATTACHED)
    ),
    clean(ONLY, "attached by id", inline(world(443.0), id="sg-1"), balancer(securityGroups=["sg-1"])),
    clean(ONLY, "closed to the world", inline(ports(8080.0, cidrBlocks=["10.0.0.0/8"]))),
    clean(
        ONLY,
        "a rule of its own on the balancer's group",
        resource(GROUP, "sg", urn="sg", ingress=UNKNOWN),
        ingress(443.0, cidrIpv4="0.0.0.0/0", links=OF_GROUP),
        balancer(links=ATTACHED, internal=UNKNOWN),
    ),
    found(ONLY, "another port", inline(world(8080.0)), balancer(links=ATTACHED), mentions="beyond"),
    found(ONLY, "a range around it", inline(world(80.0, 443.0)), balancer(links=ATTACHED)),
    found(ONLY, "every protocol", inline(world(0.0, protocol="-1")), balancer(links=ATTACHED)),
    found(ONLY, "no balancer", inline(world(443.0)), mentions="no public load balancer"),
    found(ONLY, "an internal balancer", inline(world(443.0)), balancer(links=ATTACHED, internal=True)),
    found(
        ONLY, "a network balancer", inline(world(443.0)), balancer(links=ATTACHED, loadBalancerType="network")
    ),
    found(
        ONLY,
        "a rule of its own",
        resource(GROUP, "sg", urn="sg"),
        ingress(8080.0, cidrIpv6="::/0", links=OF_GROUP),
    ),
    found(ONLY, "a group of another stack", ingress(8080.0, cidrIpv4="0.0.0.0/0", securityGroupId="sg-9")),
    found(
        ONLY,
        "the older form",
        resource(GROUP, "sg", urn="sg"),
        standalone(80.0, cidrBlocks=["0.0.0.0/0"], links=OF_GROUP),
    ),
    clean(
        ONLY,
        "a web port of the balancer with an unknown source",
        inline(ports(443.0, cidrBlocks=UNKNOWN)),
        balancer(links=ATTACHED),
    ),
    found(
        ONLY,
        "one source unknown, the next rule open",
        inline(ports(8443.0, cidrBlocks=UNKNOWN), world(8080.0)),
        balancer(links=ATTACHED),
        mentions="beyond",
    ),
    found(
        ONLY,
        "another port, whether or not the balancer is public",
        inline(world(8080.0)),
        balancer(links={**ATTACHED, "internal": ("sg",)}, internal=UNKNOWN),
    ),
    found(
        ONLY,
        "one rule of its own unknown, the next open",
        resource(GROUP, "sg", urn="sg"),
        ingress(8443.0, urn="first", cidrIpv4=UNKNOWN, links=OF_GROUP),
        ingress(9000.0, cidrIpv6="::/0", links=OF_GROUP),
        balancer(links=ATTACHED),
    ),
    *(
        found(
            ONLY,
            f"shared with {user.type}",
            inline(world(443.0)),
            balancer(links=ATTACHED),
            user,
            mentions="is not the public load balancer's alone: other has it",
        )
        for user in (
            also("ec2/instance:Instance", "vpcSecurityGroupIds", [UNKNOWN]),
            also("ec2/launchTemplate:LaunchTemplate", "vpcSecurityGroupIds", [UNKNOWN]),
            also("ec2/launchTemplate:LaunchTemplate", "networkInterfaces", [{"securityGroups": [UNKNOWN]}]),
            also(
                "ecs/service:Service", "networkConfiguration", {"securityGroups": [UNKNOWN], "subnets": ["a"]}
            ),
            also("lambda/function:Function", "vpcConfig", {"securityGroupIds": [UNKNOWN]}),
            also("rds/instance:Instance", "vpcSecurityGroupIds", [UNKNOWN]),
            also("ec2/networkInterface:NetworkInterface", "securityGroups", [UNKNOWN]),
            also("cloudwatch/eventTarget:EventTarget", "ecsTarget", UNKNOWN),
            also("elb/loadBalancer:LoadBalancer", "securityGroups", [UNKNOWN]),
        )
    ),
    found(
        ONLY,
        "shared with an internal balancer",
        inline(world(443.0)),
        balancer(links=ATTACHED),
        resource(BALANCER, "inner", urn="inner", links=ATTACHED, internal=True),
        mentions="inner has it",
    ),
    found(
        ONLY,
        "shared by id",
        inline(world(443.0), id="sg-1"),
        balancer(securityGroups=["sg-1"]),
        resource("aws:ec2/instance:Instance", "web", vpcSecurityGroupIds=["sg-0", "sg-1"]),
    ),
    found(
        ONLY,
        "shared by name, as in a default VPC",
        inline(world(443.0), id="sg-1", name="web"),
        balancer(securityGroups=["sg-1"]),
        resource("aws:ec2/instance:Instance", "server", securityGroups=["web"]),
        mentions="server has it",
    ),
    found(
        ONLY,
        "a group of another stack, shared by id",
        ingress(443.0, cidrIpv4="0.0.0.0/0", securityGroupId="sg-9"),
        balancer(securityGroups=["sg-9"]),
        resource("aws:ec2/instance:Instance", "web", vpcSecurityGroupIds=["sg-9"]),
        mentions="web has it",
    ),
    clean(
        ONLY,
        "machines beside the balancer with groups of their own",
        inline(world(443.0)),
        balancer(links=ATTACHED),
        resource("aws:ec2/instance:Instance", "web", vpcSecurityGroupIds=["sg-0"]),
        resource("aws:ec2/instance:Instance", "db", urn="db", vpcSecurityGroupIds=UNKNOWN),
        resource(
            "aws:ecs/service:Service",
            "api",
            urn="api-service",
            networkConfiguration={"securityGroups": [UNKNOWN], "subnets": [UNKNOWN]},
            links={"networkConfiguration": (TASKS,)},
        ),
        resource(GROUP, "tasks", urn=TASKS),
    ),
    clean(
        ONLY,
        "a closed group that machines share",
        inline(ports(443.0, cidrBlocks=["10.0.0.0/8"])),
        balancer(links=ATTACHED),
        also("ec2/instance:Instance", "vpcSecurityGroupIds", [UNKNOWN]),
    ),
    left_open(
        ONLY,
        "a machine whose groups come from a component",
        inline(world(443.0)),
        balancer(links=ATTACHED),
        resource(
            "aws:ec2/instance:Instance",
            "web",
            vpcSecurityGroupIds=[UNKNOWN],
            links={"vpcSecurityGroupIds": (NET,)},
        ),
    ),
    left_open(ONLY, "source unknown", inline(ports(8080.0, cidrBlocks=[UNKNOWN]))),
    clean(
        "sg-descriptions",
        "words",
        inline(ports(80.0, description="From the server."), description="The workers."),
    ),
    left_open("sg-descriptions", "rules unknown", resource(GROUP, description="x", ingress=UNKNOWN)),
    found("sg-descriptions", "rules unknown, no words", resource(GROUP, ingress=UNKNOWN)),
    clean("sg-descriptions", "a rule with words", ingress(80.0, description="From the server.")),
    found("sg-descriptions", "nothing", inline()),
    found("sg-descriptions", "the provider's words", inline(description="Managed by Pulumi")),
    found(
        "sg-descriptions",
        "a silent rule inside",
        inline(ports(80.0), description="The workers."),
        mentions="ingress[0]",
    ),
    found("sg-descriptions", "a silent rule beside", ingress(80.0)),
    left_open("sg-descriptions", "unknown", ingress(80.0, description=UNKNOWN)),
    clean("sg-egress", "https", resource(GROUP, egress=[world(443.0)])),
    clean(
        "sg-egress",
        "every port of tcp",
        resource(OUT, ipProtocol="tcp", fromPort=0.0, toPort=65535.0, cidrIpv4="0.0.0.0/0"),
    ),
    clean("sg-egress", "everything in", inline(world(0.0, protocol="-1"))),
    found("sg-egress", "everything out", resource(GROUP, egress=[world(0.0, protocol="-1")])),
    found("sg-egress", "everything out, beside", resource(OUT, ipProtocol="-1", cidrIpv4="0.0.0.0/0")),
    found(
        "sg-egress", "everything out, older form", resource(RULE, type="egress", **world(0.0, protocol="all"))
    ),
    left_open("sg-egress", "protocol unknown", resource(OUT, ipProtocol=UNKNOWN, cidrIpv4="0.0.0.0/0")),
    clean("sg-no-mixed-rules", "inline alone", inline(world(443.0))),
    clean(
        "sg-no-mixed-rules",
        "beside alone",
        resource(GROUP, "sg", urn="sg", ingress=UNKNOWN),
        ingress(80.0, links=OF_GROUP),
    ),
    clean(
        "sg-no-mixed-rules",
        "beside, shown again after a refresh",
        inline(ports(80.0, cidrBlocks=["10.0.0.0/8"])),
        ingress(80.0, cidrIpv4="10.0.0.0/8", links=OF_GROUP),
    ),
    clean(
        "sg-no-mixed-rules",
        "another group's rule",
        inline(world(443.0), id="sg-1"),
        ingress(80.0, securityGroupId="sg-2"),
    ),
    found(
        "sg-no-mixed-rules",
        "both",
        inline(world(443.0)),
        ingress(80.0, cidrIpv4="10.0.0.0/8", links=OF_GROUP),
    ),
    found(
        "sg-no-mixed-rules",
        "both by id",
        inline(world(443.0), id="sg-1"),
        ingress(80.0, cidrIpv4="10.0.0.0/8", securityGroupId="sg-1"),
    ),
    found(
        "sg-no-mixed-rules",
        "inline out, beside in",
        resource(GROUP, "sg", urn="sg", egress=[world(443.0)]),
        standalone(80.0, cidrBlocks=["10.0.0.0/8"], links=OF_GROUP),
    ),
    left_open(
        "sg-no-mixed-rules",
        "the rule's group unknown",
        inline(world(443.0)),
        ingress(80.0, securityGroupId=UNKNOWN),
    ),
    clean(
        "subnet-no-auto-public",
        "a public subnet",
        resource(SUBNET, tags={"Tier": "public"}, mapPublicIpOnLaunch=True),
    ),
    clean("subnet-no-auto-public", "a private one", resource(SUBNET, tags={"Tier": "private"})),
    clean(
        "subnet-no-auto-public",
        "a private one, stated",
        resource(SUBNET, tags=UNKNOWN, mapPublicIpOnLaunch=False),
    ),
    found(
        "subnet-no-auto-public",
        "by tier",
        resource(SUBNET, tags={"Tier": "private"}, mapPublicIpOnLaunch=True),
    ),
    found(
        "subnet-no-auto-public",
        "by component",
        resource(SUBNET, tags={"Component": "render-fleet"}, mapPublicIpOnLaunch=True),
    ),
    found(
        "subnet-no-auto-public",
        "by merged tags",
        resource(SUBNET, tagsAll={"Tier": "private"}, mapPublicIpOnLaunch=True),
    ),
    left_open(
        "subnet-no-auto-public",
        "unknown",
        resource(SUBNET, tags={"Tier": "private"}, mapPublicIpOnLaunch=UNKNOWN),
    ),
    left_open(
        "subnet-no-auto-public", "tags unknown", resource(SUBNET, tags=UNKNOWN, mapPublicIpOnLaunch=True)
    ),
    clean(
        "vpc-flow-logs",
        "by id",
        resource("aws:ec2/vpc:Vpc", id="vpc-1"),
        resource("aws:ec2/flowLog:FlowLog", vpcId="vpc-1"),
    ),
    found(
        "vpc-flow-logs",
        "another network's",
        resource("aws:ec2/vpc:Vpc", id="vpc-1"),
        resource("aws:ec2/flowLog:FlowLog", vpcId="vpc-2"),
    ),
    found(
        "vpc-flow-logs",
        "of what was accepted alone",
        resource("aws:ec2/vpc:Vpc", id="vpc-1"),
        resource("aws:ec2/flowLog:FlowLog", vpcId="vpc-1", trafficType="ACCEPT"),
    ),
    clean(
        "vpc-flow-logs",
        "of what was accepted, and another of what was not",
        resource("aws:ec2/vpc:Vpc", id="vpc-1"),
        resource("aws:ec2/flowLog:FlowLog", urn="one", vpcId="vpc-1", trafficType="ACCEPT"),
        resource("aws:ec2/flowLog:FlowLog", urn="two", vpcId="vpc-1", trafficType="REJECT"),
    ),
    found(
        "vpc-flow-logs",
        "a subnet's",
        resource("aws:ec2/vpc:Vpc", id="vpc-1"),
        resource("aws:ec2/flowLog:FlowLog", subnetId="subnet-1"),
    ),
    found(
        "vpc-flow-logs",
        "a log of another stack's network",
        resource("aws:ec2/vpc:Vpc", urn="vpc"),
        resource("pulumi:pulumi:StackReference", "base", urn=BASE),
        resource("aws:ec2/flowLog:FlowLog", vpcId=UNKNOWN, links={"vpcId": (BASE,)}),
    ),
    left_open(
        "vpc-flow-logs",
        "a log of a network from a component",
        resource("aws:ec2/vpc:Vpc", urn="vpc"),
        resource("awsx:ec2:Vpc", "net", urn=NET),
        resource("aws:ec2/flowLog:FlowLog", vpcId=UNKNOWN, links={"vpcId": (NET,)}),
    ),
    left_open(
        "vpc-flow-logs",
        "a log of an unknown network",
        resource("aws:ec2/vpc:Vpc", id="vpc-1"),
        resource("aws:ec2/flowLog:FlowLog", vpcId=UNKNOWN),
    ),
    clean("vpc-flow-logs", "no network", resource("aws:ec2/flowLog:FlowLog", vpcId="vpc-2")),
    clean(
        "route53-evaluate-target",
        "CloudFront cannot be evaluated",
        resource(RECORD, aliases=[{"name": "d", "zoneId": "Z2FDTNDATAQYW2", "evaluateTargetHealth": False}]),
    ),
    clean("route53-evaluate-target", "a plain record", resource(RECORD, type="TXT", records=["x"])),
    clean(
        "route53-evaluate-target",
        "weighted, checked",
        resource(RECORD, weightedRoutingPolicies=[{"weight": 1.0}], healthCheckId=UNKNOWN),
    ),
    clean(
        "route53-evaluate-target",
        "a weighted alias that evaluates",
        resource(
            RECORD,
            weightedRoutingPolicies=[{"weight": 1.0}],
            aliases=[{"name": "lb", "evaluateTargetHealth": True}],
        ),
    ),
    found(
        "route53-evaluate-target",
        "an alias",
        resource(RECORD, aliases=[{"name": "lb", "evaluateTargetHealth": False}]),
    ),
    found(
        "route53-evaluate-target",
        "failover",
        resource(RECORD, failoverRoutingPolicies=[{"type": "PRIMARY"}], records=["1.2.3.4"]),
    ),
    found(
        "route53-evaluate-target",
        "weighted",
        resource(RECORD, weightedRoutingPolicies=[{"weight": 1.0}], records=["1.2.3.4"]),
    ),
    left_open(
        "route53-evaluate-target",
        "unknown",
        resource(RECORD, aliases=[{"name": "lb", "evaluateTargetHealth": UNKNOWN}]),
    ),
    clean("provider-default-tags", "the engine's own", resource(PROVIDER, "default_7_51_1")),
    clean("provider-default-tags", "as an object", resource(PROVIDER, "eu", defaultTags={"tags": TAGS})),
    clean(
        "provider-default-tags", "as JSON", resource(PROVIDER, "eu", defaultTags=json.dumps({"tags": TAGS}))
    ),
    found("provider-default-tags", "none", resource(PROVIDER, "eu")),
    found(
        "provider-default-tags",
        "an empty value",
        resource(PROVIDER, "eu", defaultTags=json.dumps({"tags": {**TAGS, "Owner": ""}})),
        mentions="Owner",
    ),
    found("provider-default-tags", "no JSON", resource(PROVIDER, "eu", defaultTags="tags")),
    left_open("provider-default-tags", "unknown", resource(PROVIDER, "eu", defaultTags=UNKNOWN)),
    clean(
        "provider-account-guard",
        "as a list",
        resource(PROVIDER, "eu", allowedAccountIds=["1"], region="us-east-1"),
    ),
    found(
        "provider-account-guard",
        "no accounts",
        resource(PROVIDER, "eu", region="eu-west-1"),
        mentions="allowed_account_ids",
    ),
    found(
        "provider-account-guard",
        "an empty list",
        resource(PROVIDER, "eu", allowedAccountIds="[]", region="eu-west-1"),
    ),
    found(
        "provider-account-guard",
        "another region",
        resource(PROVIDER, "eu", allowedAccountIds='["1"]', region="ap-northeast-1"),
        regions=["eu-central-1"],
    ),
    clean(
        "provider-account-guard",
        "any region where none is listed",
        resource(PROVIDER, "eu", allowedAccountIds='["1"]', region="ap-northeast-1"),
    ),
    found("provider-account-guard", "no region", resource(PROVIDER, "eu", allowedAccountIds='["1"]')),
    found(
        "provider-account-guard",
        "another region, accounts unknown",
        resource(PROVIDER, "eu", allowedAccountIds=UNKNOWN, region="cn-north-1"),
        regions=["eu-central-1"],
    ),
    left_open(
        "provider-account-guard",
        "region unknown",
        resource(PROVIDER, "eu", allowedAccountIds='["1"]', region=UNKNOWN),
    ),
    clean("ignore-changes-allowlist", "nothing", resource(SUBNET)),
    clean(
        "ignore-changes-allowlist",
        "a service's count",
        resource("aws:ecs/service:Service", ignored=("desiredCount",)),
    ),
    clean(
        "ignore-changes-allowlist",
        "as spelled in Python",
        resource("aws:ecs/service:Service", ignored=("desired_count",)),
    ),
    clean(
        "ignore-changes-allowlist",
        "of the options",
        resource(SUBNET, ignored=("tags",)),
        allowed={SUBNET: ["tags"]},
    ),
    *(
        clean("ignore-changes-allowlist", path, resource("aws:ecs/service:Service", ignored=(path,)))
        for path in ('["desiredCount"]', "['desiredCount']", '[ "desired_count" ]', " desiredCount")
    ),
    *(
        clean(
            "ignore-changes-allowlist",
            f"{path} within {allowed}",
            resource(SUBNET, ignored=(path,)),
            allowed={SUBNET: [allowed]},
        )
        for allowed, path in (
            ("tags", 'tags["Owner"]'),
            ("tags", "tags.Owner"),
            ('tags["kubernetes.io/name"]', '["tags"]["kubernetes.io/name"]'),
            ('tags["Owner"]', "tags.Owner"),
            ("rules[0].name", "rules[0]['name']"),
        )
    ),
    *(
        found(
            "ignore-changes-allowlist",
            f"{path} beside {allowed}",
            resource(SUBNET, ignored=(path,)),
            allowed={SUBNET: [allowed]},
        )
        for allowed, path in (
            ('tags["Owner"]', "tags"),
            ("tags", "tagsAll"),
            ('tags["Owner"]', 'tags["Owner2"]'),
            ("rules[0]", "rules[1]"),
            ("tags", ""),
            ("tags", "["),
        )
    ),
    found(
        "ignore-changes-allowlist",
        "another path",
        resource("aws:ecs/service:Service", ignored=("desiredCount", "tags")),
        mentions="tags",
    ),
    found(
        "ignore-changes-allowlist",
        "a group's path on a service",
        resource("aws:ecs/service:Service", ignored=("desiredCapacity",)),
    ),
    found("ignore-changes-allowlist", "everything", resource(SUBNET, ignored=("*",))),
    clean("stateful-protected", "protected", resource("aws:s3/bucket:Bucket", protected=True)),
    clean("stateful-protected", "nothing in it", resource(SUBNET)),
    *(
        found("stateful-protected", kind, resource(kind))
        for kind in (
            "aws:s3/bucket:Bucket",
            "aws:s3/bucketV2:BucketV2",
            "aws:dynamodb/table:Table",
            "aws:kms/key:Key",
            "aws:cloudwatch/logGroup:LogGroup",
        )
    ),
    found(
        "required-tags",
        "an explicit tag without a value, the rest unknown",
        resource("aws:sqs/queue:Queue", tags={"Owner": "", "Component": UNKNOWN}, tagsAll=UNKNOWN),
        mentions="lacks the tag Owner;",
    ),
    found(
        "required-tags",
        "a default tag of an unwanted shape",
        resource("aws:sqs/queue:Queue", tagsAll={**TAGS, "Owner": "a<b>"}),
        mentions="Owner",
    ),
    found(
        "required-tags",
        "a listed tag of an unwanted shape",
        resource(
            "aws:autoscaling/group:Group",
            tags=[
                {"key": key, "value": f"{value}<", "propagateAtLaunch": True} for key, value in TAGS.items()
            ],
        ),
        mentions="Owner",
    ),
    clean("required-tags", "explicit", resource("aws:sqs/queue:Queue", tags=TAGS)),
    clean("required-tags", "merged in", resource("aws:sqs/queue:Queue", tags={"Name": "x"}, tagsAll=TAGS)),
    clean(
        "required-tags",
        "half and half",
        resource("aws:sqs/queue:Queue", tags={"Owner": "v"}, tagsAll={**TAGS, "Owner": ""}),
    ),
    clean(
        "required-tags",
        "explicit, merged unknown",
        resource("aws:sqs/queue:Queue", tags=TAGS, tagsAll=UNKNOWN),
    ),
    clean(
        "required-tags", "a value left open", resource("aws:sqs/queue:Queue", tags={**TAGS, "Owner": UNKNOWN})
    ),
    clean(
        "required-tags",
        "in a group's form",
        resource("aws:autoscaling/group:Group", tags=[{"key": k, "value": v} for k, v in TAGS.items()]),
    ),
    clean("required-tags", "a type without tags", resource("aws:iam/rolePolicy:RolePolicy")),
    clean("required-tags", "other keys", resource("aws:sqs/queue:Queue", tags={"Cost": "1"}), keys=["Cost"]),
    found("required-tags", "none", resource("aws:sqs/queue:Queue"), mentions="Project, Environment"),
    found(
        "required-tags",
        "one missing",
        resource("aws:s3/bucketV2:BucketV2", tags={k: v for k, v in TAGS.items() if k != "Owner"}),
        mentions="tag Owner",
    ),
    found(
        "required-tags", "an empty value", resource("aws:lb/listener:Listener", tags={**TAGS, "Owner": ""})
    ),
    found(
        "required-tags",
        "another case",
        resource("aws:sqs/queue:Queue", tags={k.lower(): v for k, v in TAGS.items()}),
    ),
    found(
        "required-tags",
        "a group without",
        resource("aws:autoscaling/group:Group", tags=[{"key": "Owner", "value": "v"}]),
    ),
    found(
        "required-tags",
        "a value of another shape",
        resource("aws:sqs/queue:Queue", tags={**TAGS, "Owner": "a,b;c"}),
        mentions="shape",
    ),
    left_open("required-tags", "unknown", resource("aws:sqs/queue:Queue", tags=UNKNOWN)),
    left_open(
        "required-tags",
        "explicit short, merged unknown",
        resource("aws:sqs/queue:Queue", tags={"Owner": "v"}, tagsAll=UNKNOWN),
    ),
    clean("no-removed-health-checks", "other minimums", resource(SUBNET), minimums={SUBNET: 1.0}),
    found(
        "no-removed-health-checks",
        "a group alone",
        resource("aws:autoscaling/group:Group"),
        mentions="has 0 of aws:ecs/service:Service; expected at least 1, as the levels of this stack state",
        minimums={"aws:autoscaling/group:Group": 1.0, "aws:ecs/service:Service": 1.0},
    ),
    clean("no-removed-health-checks", "a stack that never had any", resource(SUBNET)),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_network(case: Case, try_case: Callable[[Case], None]):
    try_case(case)
