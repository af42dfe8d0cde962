"""Every reference of a rule is a claim: it is proved by resources that fail the control, or is not made.

The sentence of a proof says what the control demands: one of AWS Security Hub (`EC2.8`), of AWS Control Tower
(`CT.*`), of Checkov (`CKV_*`) or of cdk-nag's AwsSolutions (`EC28`).
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from guardrails.catalogue import RULES
from guardrails.resources.resource import Resource

from tests.policy.cases import TAGS, allow, document, resource

ANYBODY = {"AWS": "*"}
LAUNCH = {
    "instance": "aws:ec2/instance:Instance",
    "template": "aws:ec2/launchTemplate:LaunchTemplate",
    "configuration": "aws:ec2/launchConfiguration:LaunchConfiguration",
}
FORWARD = [{"type": "forward", "targetGroupArn": "arn:tg"}]
SECRET_SCRIPT = "export AWS_ACCESS_KEY_ID=" + "AKIA" + "QWERTYUIOPASDFGH"
SWITCHES = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
# The ports of high risk that EC2.19 names.
RISKY = (
    20,
    21,
    22,
    23,
    25,
    110,
    135,
    143,
    445,
    1433,
    1434,
    3000,
    3306,
    3389,
    4333,
    5000,
    5432,
    5500,
    5601,
    8080,
)
# What Checkov forbids in CKV_AWS_363, besides what AWS has deprecated since.
RUNTIMES = """
dotnetcore3.1 nodejs12.x python3.6 python2.7 dotnet5.0 dotnetcore2.1 ruby2.5 nodejs10.x nodejs8.10 nodejs4.3
nodejs6.10 dotnetcore1.0 dotnetcore2.0 nodejs4.3-edge nodejs java8 python3.7 go1.x provided ruby2.7 nodejs14.x
nodejs16.x python3.9 dotnet7 dotnet6 nodejs18.x provided.al2 python3.8 nodejs20.x ruby3.2
"""
# Ways to higher privileges, the actions of each between commas.
WAYS = """
iam:CreateAccessKey iam:CreateLoginProfile iam:UpdateLoginProfile iam:AddUserToGroup
iam:CreatePolicyVersion iam:SetDefaultPolicyVersion iam:AttachUserPolicy iam:AttachGroupPolicy
iam:AttachRolePolicy iam:PutUserPolicy iam:PutGroupPolicy iam:PutRolePolicy iam:UpdateAssumeRolePolicy
glue:UpdateDevEndpoint lambda:UpdateFunctionCode sagemaker:CreatePresignedNotebookInstanceUrl iam:Create*
iam:Attach* iam:Put* iam:PassRole,ec2:RunInstances
iam:PassRole,lambda:CreateFunction,lambda:InvokeFunction iam:PassRole,cloudformation:CreateStack
iam:PassRole,glue:CreateDevEndpoint iam:PassRole,datapipeline:CreatePipeline
cloudformation:CreateChangeSet,cloudformation:ExecuteChangeSet ecs:ExecuteCommand,ecs:DescribeTasks
ec2:ModifyInstanceAttribute,ec2:StopInstances,ec2:StartInstances
ec2:CreateLaunchTemplateVersion,ec2:ModifyLaunchTemplate iam:CreateAccessKey,iam:AttachUserPolicy
"""


@dataclass(frozen=True)
class Proof:
    """Resources, each of which alone fails a control, or which do so together."""

    control: str
    demands: str
    failing: tuple[tuple[Resource, ...], ...]


def proof(control: str, demands: str, *failing: Resource | tuple[Resource, ...]) -> Proof:
    return Proof(control, demands, tuple(it if isinstance(it, tuple) else (it,) for it in failing))


def launched(*kinds: str, **props: object) -> list[Resource]:
    return [resource(LAUNCH[kind], "web", urn="web", **props) for kind in kinds]


def world(port: int, cidr: str = "0.0.0.0/0", protocol: str = "tcp") -> list[Resource]:
    key, alone = ("ipv6CidrBlocks", "cidrIpv6") if ":" in cidr else ("cidrBlocks", "cidrIpv4")
    ports = {"fromPort": port, "toPort": port}
    return [
        resource(
            "aws:ec2/securityGroup:SecurityGroup",
            "sg",
            urn="sg",
            ingress=[{"protocol": protocol, key: [cidr], **ports}],
        ),
        resource(
            "aws:ec2/securityGroupRule:SecurityGroupRule",
            "rule",
            type="ingress",
            protocol=protocol,
            **{key: [cidr]},
            **ports,
        ),
        resource(
            "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
            "rule",
            ipProtocol=protocol,
            **{alone: cidr},
            **ports,
        ),
    ]


def balancer(**props: object) -> Resource:
    return resource("aws:lb/loadBalancer:LoadBalancer", "api", urn="api", **props)


def listener(**props: object) -> Resource:
    return resource("aws:lb/listener:Listener", "web", urn="web", defaultActions=FORWARD, port=443.0, **props)


def group(**props: object) -> Resource:
    return resource("aws:autoscaling/group:Group", "fleet", **props)


def task(container: dict[str, object], **props: object) -> Resource:
    return resource(
        "aws:ecs/taskDefinition:TaskDefinition",
        "api",
        containerDefinitions=json.dumps([{"name": "a", **container}]),
        **props,
    )


def variable(name: str) -> Resource:
    return task({"environment": [{"name": name, "value": "abcdefgh"}]})


def function(**props: object) -> Resource:
    return resource("aws:lambda/function:Function", "f", urn="f", **props)


def bucket(*beside: tuple[str, dict[str, object]]) -> tuple[Resource, ...]:
    links = {"bucket": ("b",)}
    made = [
        resource(f"aws:s3/{kind[0].lower()}{kind[1:]}:{kind}", kind, links=links, **props)
        for kind, props in beside
    ]
    return (resource("aws:s3/bucket:Bucket", "outputs", urn="b"), *made)


def granted(*actions: str, on: object = "*") -> list[Resource]:
    policy = document(allow(list(actions), on))
    kinds = ("rolePolicy:RolePolicy", "userPolicy:UserPolicy", "groupPolicy:GroupPolicy", "policy:Policy")
    return [resource(f"aws:iam/{kind}", "may", policy=policy) for kind in kinds]


def queue_policy(action: str, principal: object) -> list[Resource]:
    policy = document(allow(action, "arn:q", Principal=principal))
    return [
        resource("aws:sqs/queuePolicy:QueuePolicy", "q", policy=policy),
        resource("aws:sqs/queue:Queue", "q", policy=policy),
    ]


def table(**props: object) -> Resource:
    good = {
        "pointInTimeRecovery": {"enabled": True},
        "deletionProtectionEnabled": True,
        "billingMode": "PAY_PER_REQUEST",
    }
    return resource("aws:dynamodb/table:Table", "jobs", **{**good, **props})


def alarm(**props: object) -> Resource:
    good = {
        "alarmActions": ["arn:t"],
        "treatMissingData": "ignore",
        "alarmDescription": "https://example.com/x",
    }
    return resource("aws:cloudwatch/metricAlarm:MetricAlarm", "old", **{**good, **props})


def untagged(kind: str) -> Resource:
    return resource(kind, "it")


EXCESS = document(allow("sns:Publish", "arn:t", Principal=ANYBODY))
ADMINISTRATORS = "arn:aws:iam::aws:policy/AdministratorAccess"
PROOFS: dict[str, list[Proof]] = {
    "required-tags": [
        proof("AutoScaling.10", "groups are tagged", untagged("aws:autoscaling/group:Group")),
        proof("EC2.38", "instances are tagged", untagged(LAUNCH["instance"])),
        proof("EC2.45", "volumes are tagged", untagged("aws:ebs/volume:Volume")),
        proof("EC2.175", "launch templates are tagged", untagged(LAUNCH["template"])),
        proof("ECS.13", "services are tagged", untagged("aws:ecs/service:Service")),
        proof("SQS.2", "queues are tagged", untagged("aws:sqs/queue:Queue")),
        proof("DynamoDB.5", "tables are tagged", untagged("aws:dynamodb/table:Table")),
        proof("Lambda.6", "functions are tagged", untagged("aws:lambda/function:Function")),
        proof("SSM.5", "documents are tagged", untagged("aws:ssm/document:Document")),
    ],
    "asg-tags-propagate": [
        proof("AutoScaling.10", "groups are tagged", group()),
        proof("CKV_AWS_153", "groups supply tags to what they launch", group(), group(tags=[])),
    ],
    "asg-elb-health-check": [
        proof(
            "AutoScaling.1",
            "groups behind a balancer use its health check",
            group(targetGroupArns=["arn:tg"], healthCheckType="EC2"),
            group(loadBalancers=["classic"]),
        ),
        proof(
            "CKV2_AWS_15",
            "groups behind a balancer use its health check",
            group(targetGroupArns=["arn:tg"], healthCheckType="EC2"),
        ),
    ],
    "tg-health-check": [
        proof(
            "CKV_AWS_261",
            "target groups of HTTP and HTTPS define a health check with a path",
            *(resource("aws:lb/targetGroup:TargetGroup", "t", protocol=it) for it in ("HTTP", "HTTPS")),
            resource("aws:alb/targetGroup:TargetGroup", "t", protocol="HTTP", healthCheck={"matcher": "200"}),
        )
    ],
    "lt-imdsv2": [
        proof(
            "EC2.8",
            "instances use IMDSv2",
            *launched("instance"),
            *launched("instance", metadataOptions={"httpTokens": "optional"}),
        ),
        proof(
            "EC2.170",
            "templates use IMDSv2",
            *launched("template"),
            *launched("template", metadataOptions={"httpTokens": "optional"}),
        ),
        proof(
            "CKV_AWS_79",
            "IMDSv1 is off wherever instances are launched",
            *launched("instance", "template", "configuration"),
        ),
        proof("AutoScaling.3", "launch configurations require IMDSv2", *launched("configuration")),
    ],
    "lt-imds-hop-limit": [
        proof(
            "CKV_AWS_341",
            "templates and configurations have a hop limit of one",
            *launched("template", "configuration", metadataOptions={"httpPutResponseHopLimit": 2.0}),
        ),
        proof(
            "AutoScaling.4",
            "launch configurations have a hop limit of one",
            *launched("configuration", metadataOptions={"httpPutResponseHopLimit": 2.0}),
        ),
    ],
    "lt-no-public-ip": [
        proof(
            "EC2.25",
            "templates assign no public address",
            *launched("template", networkInterfaces=[{"associatePublicIpAddress": "true"}]),
        ),
        proof(
            "CKV_AWS_88",
            "instances and templates assign no public address",
            *launched("instance", associatePublicIpAddress=True),
            *launched("template", networkInterfaces=[{"associatePublicIpAddress": True}]),
        ),
        proof(
            "AutoScaling.5",
            "launch configurations assign no public address",
            *launched("configuration", associatePublicIpAddress=True),
        ),
    ],
    "lt-ebs-encrypted": [
        proof(
            "EC2.181",
            "templates encrypt their volumes",
            *launched("template", blockDeviceMappings=[{"deviceName": "a", "ebs": {"volumeSize": 9.0}}]),
        ),
        proof(
            "CKV_AWS_8",
            "instances and configurations encrypt their volumes, the root also unasked",
            *launched("instance", "configuration"),
            *launched("instance", "configuration", rootBlockDevice={"encrypted": False}),
            *launched(
                "instance",
                "configuration",
                rootBlockDevice={"encrypted": True},
                ebsBlockDevices=[{"encrypted": False}],
            ),
        ),
        proof(
            "EC26",
            "volumes are encrypted",
            *launched("instance", rootBlockDevice={"encrypted": False}),
            *launched("template", blockDeviceMappings=[{"ebs": {"encrypted": "false"}}]),
        ),
    ],
    "lt-instance-profile": [
        proof("CKV2_AWS_41", "a role is attached to each instance", *launched("instance"))
    ],
    "lt-user-data-no-secrets": [
        proof(
            "CKV_AWS_46",
            "user data holds no secrets",
            *launched("instance", "template", "configuration", userData=SECRET_SCRIPT),
        )
    ],
    "lt-detailed-monitoring": [
        proof(
            "CKV_AWS_126",
            "instances have detailed monitoring",
            *launched("instance"),
            *launched("instance", monitoring=False),
        ),
        proof(
            "EC28",
            "instances and configurations have detailed monitoring",
            *launched("instance"),
            *launched("configuration", enableMonitoring=False),
        ),
    ],
    "asg-launch-template": [
        proof("AutoScaling.9", "groups use launch templates", group(launchConfiguration="old")),
        proof("CKV_AWS_315", "groups use launch templates", group(), group(launchConfiguration="old")),
    ],
    "asg-multi-az": [
        proof(
            "AutoScaling.2",
            "groups cover several zones",
            group(availabilityZones=["eu-central-1a"]),
            group(vpcZoneIdentifiers=["subnet-a"]),
        )
    ],
    "asg-mixed-instances": [
        proof("AutoScaling.6", "groups use several instance types", group(launchTemplate={"id": "lt"}))
    ],
    "sg-no-world-admin": [
        proof("EC2.53", "no admin port for 0.0.0.0/0", *world(22), *world(3389)),
        proof("EC2.54", "no admin port for ::/0", *world(22, "::/0"), *world(3389, "::/0")),
        proof("CKV_AWS_24", "no port 22 for the world", *world(22), *world(22, "::/0")),
        proof("CKV_AWS_25", "no port 3389 for the world", *world(3389), *world(3389, "::/0")),
        proof("CKV_AWS_277", "not every port for the world", *world(-1, protocol="-1")),
    ],
    "sg-world-only-alb": [
        proof(
            "EC2.18",
            "the world reaches authorized ports alone",
            *((it,) for port in (81, 8443) for it in world(port)),
        ),
        proof(
            "EC2.19",
            "the world reaches no port of high risk",
            *((it,) for port in (*RISKY, 8088, 8888, 9200, 9300) for it in world(port)),
        ),
    ],
    "sg-descriptions": [
        proof("CKV_AWS_23", "groups and rules have a description", *world(443)),
        proof("EC27", "groups have a description", resource("aws:ec2/securityGroup:SecurityGroup", "sg")),
    ],
    "sg-egress": [
        proof(
            "CKV_AWS_382",
            "not every port out to the world",
            resource(
                "aws:ec2/securityGroup:SecurityGroup",
                "sg",
                egress=[{"protocol": "-1", "fromPort": 0, "toPort": 0, "cidrBlocks": ["0.0.0.0/0"]}],
            ),
            resource(
                "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
                "out",
                ipProtocol="-1",
                cidrIpv4="0.0.0.0/0",
            ),
        )
    ],
    "vpc-flow-logs": [
        proof(control, "each VPC has a flow log", resource("aws:ec2/vpc:Vpc", "main", urn="vpc"))
        for control in ("EC2.6", "CKV2_AWS_11", "VPC7")
    ],
    "alb-https": [
        proof(
            "ELB.1",
            "balancers redirect all HTTP to HTTPS",
            listener(protocol="HTTP"),
            (
                resource(
                    "aws:lb/listener:Listener",
                    "web",
                    urn="web",
                    protocol="HTTP",
                    defaultActions=[{"type": "redirect", "redirect": {"protocol": "HTTPS"}}],
                ),
                resource(
                    "aws:lb/listenerRule:ListenerRule",
                    "paths",
                    links={"listenerArn": ("web",)},
                    actions=FORWARD,
                ),
            ),
        ),
        proof("CKV2_AWS_20", "balancers redirect HTTP to HTTPS", listener(protocol="HTTP")),
        proof("CKV_AWS_2", "listeners speak HTTPS", listener(protocol="HTTP"), listener()),
    ],
    "alb-tls-policy": [
        proof(
            "ELB.17",
            "listeners use a recommended policy",
            *(listener(protocol=it, sslPolicy="ELBSecurityPolicy-2016-08") for it in ("HTTPS", "TLS")),
        ),
        proof(
            "CKV_AWS_103",
            "listeners use TLS 1.2",
            listener(protocol="HTTPS"),
            listener(protocol="HTTPS", sslPolicy="ELBSecurityPolicy-TLS-1-0-2015-04"),
        ),
        proof(
            "CKV2_AWS_74",
            "balancers use strong ciphers",
            listener(protocol="HTTPS", sslPolicy="ELBSecurityPolicy-2016-08"),
        ),
    ],
    "alb-drop-invalid-headers": [
        proof(
            control,
            "application balancers drop invalid headers",
            balancer(),
            balancer(dropInvalidHeaderFields=False),
        )
        for control in ("ELB.4", "CKV_AWS_131")
    ],
    "alb-access-logs": [
        proof(
            "ELB.5",
            "application balancers log access",
            balancer(),
            balancer(accessLogs={"bucket": "logs", "enabled": False}),
        )
    ],
    "alb-deletion-protection": [
        proof(
            control,
            "balancers of each kind are protected from deletion",
            *(balancer(loadBalancerType=it) for it in ("application", "network", "gateway")),
        )
        for control in ("ELB.6", "CKV_AWS_150")
    ],
    "alb-desync-and-az": [
        proof(
            "ELB.12",
            "application balancers mitigate desync attacks",
            balancer(subnets=["a", "b"], desyncMitigationMode="monitor"),
        ),
        proof(
            "CKV_AWS_328",
            "application balancers mitigate desync attacks",
            balancer(subnets=["a", "b"], desyncMitigationMode="monitor"),
        ),
        proof(
            "ELB.13",
            "balancers of each kind span several zones",
            *(balancer(subnets=["a"], loadBalancerType=it) for it in ("application", "network", "gateway")),
        ),
    ],
    "alb-waf": [
        proof(
            "CKV2_AWS_28", "public application balancers have a web ACL", balancer(), balancer(internal=False)
        )
    ],
    "ecs-no-privileged": [
        proof("ECS.3", "tasks do not share the host's processes", task({}, pidMode="host")),
        proof("ECS.4", "containers are not privileged", task({"privileged": True})),
        proof("ECS.17", "tasks do not use the host's network", task({}, networkMode="host")),
        proof("CKV_AWS_334", "containers are not privileged", task({"privileged": True})),
        proof("CKV_AWS_335", "tasks do not share the host's processes", task({}, pidMode="host")),
    ],
    "ecs-readonly-nonroot": [
        proof("ECS.5", "containers have a read-only root", task({"user": "1000"})),
        proof(
            "ECS.20",
            "containers of Linux state a user that is not root",
            *(task({"readonlyRootFilesystem": True, **it}) for it in ({}, {"user": "root"}, {"user": "0"})),
        ),
        proof(
            "CKV_AWS_336",
            "containers have a read-only root",
            task({"user": "1000", "readonlyRootFilesystem": False}),
        ),
    ],
    "ecs-logging": [
        proof(control, "each container has a log configuration", task({})) for control in ("ECS.9", "ECS7")
    ],
    "ecs-no-env-secrets": [
        proof(
            "ECS.8",
            "no secrets as variables",
            *map(variable, ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "ECS_ENGINE_AUTH_DATA")),
        )
    ],
    "deployed-text-no-secrets": [
        proof(
            "CKV_AWS_45",
            "variables of functions hold no secrets",
            function(environment={"variables": {"A": "AKIA" + "QWERTYUIOPASDFGH"}}),
        ),
        proof(
            "CodeBuild.2",
            "variables of builds hold no credentials",
            *(
                resource(
                    "aws:codebuild/project:Project",
                    "p",
                    environment={
                        "environmentVariables": [{"name": name, "value": "abcdefgh", "type": "PLAINTEXT"}]
                    },
                )
                for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
            ),
        ),
    ],
    "ecs-roles-separate": [
        proof(
            "CKV_AWS_249", "task and execution role differ", task({}, taskRoleArn="a", executionRoleArn="a")
        )
    ],
    "ecs-service-private-tagged": [
        proof(
            control,
            "services assign no public address",
            resource("aws:ecs/service:Service", "api", networkConfiguration={"assignPublicIp": True}),
        )
        for control in ("ECS.2", "CKV_AWS_333")
    ],
    "ecs-insights-exec-logs": [
        *(
            proof(
                control,
                "clusters have container insights",
                resource("aws:ecs/cluster:Cluster", "c"),
                resource(
                    "aws:ecs/cluster:Cluster",
                    "c",
                    settings=[{"name": "containerInsights", "value": "disabled"}],
                ),
            )
            for control in ("ECS.12", "CKV_AWS_65", "ECS4")
        ),
        proof(
            "CKV_AWS_223",
            "clusters log the commands executed",
            resource(
                "aws:ecs/cluster:Cluster",
                "c",
                configuration={"executeCommandConfiguration": {"logging": "NONE"}},
            ),
        ),
    ],
    "lambda-runtime": [
        proof(control, "runtimes are supported", *(function(runtime=it) for it in RUNTIMES.split()))
        for control in ("Lambda.2", "CKV_AWS_363")
    ],
    "lambda-permission-source": [
        proof(
            "Lambda.1",
            "functions are not public",
            resource("aws:lambda/permission:Permission", "p", principal="*"),
            resource("aws:lambda/permission:Permission", "p", principal="s3.amazonaws.com"),
        ),
        proof(
            "CKV_AWS_364",
            "services are limited by source",
            resource("aws:lambda/permission:Permission", "p", principal="s3.amazonaws.com"),
        ),
        proof(
            "CKV_AWS_301",
            "functions are not public",
            resource("aws:lambda/permission:Permission", "p", principal="*"),
        ),
    ],
    "lambda-tracing-logs": [
        proof(control, "functions are traced", function()) for control in ("Lambda.7", "CKV_AWS_50")
    ],
    "sqs-sse": [
        proof(
            "SQS.1", "queues are encrypted", resource("aws:sqs/queue:Queue", "q", sqsManagedSseEnabled=False)
        )
    ],
    "sqs-dlq": [
        proof(
            "SQS3",
            "queues that are none have a dead-letter queue",
            resource("aws:sqs/queue:Queue", "q", urn="q"),
        )
    ],
    "sqs-policy": [
        proof(
            "SQS.3",
            "queue policies are not public",
            *queue_policy("sqs:SendMessage", ANYBODY),
            *queue_policy("sqs:SendMessage", "*"),
        ),
        proof(
            "CKV_AWS_72",
            "queue policies do not allow all actions",
            *queue_policy("*", {"AWS": "arn:aws:iam::1:role/a"}),
        ),
        proof("CKV_AWS_168", "queue policies are not public", *queue_policy("sqs:SendMessage", ANYBODY)),
        proof(
            "CKV_AWS_387",
            "queue policies are not public by wildcards",
            *queue_policy("SQS:SendMessage", "*"),
            *queue_policy("*", {"AWS": ["1", "*"]}),
        ),
    ],
    "dynamodb-durable": [
        proof(
            "DynamoDB.1",
            "tables scale with demand",
            table(billingMode="PROVISIONED"),
            table(billingMode=None),
        ),
        proof(
            "DynamoDB.6",
            "tables are protected from deletion",
            table(deletionProtectionEnabled=False),
            table(deletionProtectionEnabled=None),
        ),
        *(
            proof(
                control,
                "tables can be restored to a point in time",
                table(pointInTimeRecovery=None),
                table(pointInTimeRecovery={"enabled": False}),
            )
            for control in ("DynamoDB.2", "CKV_AWS_28", "DDB3")
        ),
    ],
    "s3-private": [
        proof(
            "S3.2",
            "no public read",
            bucket(("BucketAcl", {"acl": "public-read"})),
            bucket(("BucketPolicy", {"policy": document(allow("s3:GetObject", Principal="*"))})),
        ),
        proof(
            "S3.3",
            "no public write",
            bucket(("BucketAcl", {"acl": "public-read-write"})),
            bucket(("BucketPolicy", {"policy": document(allow("s3:PutObject", Principal="*"))})),
        ),
        *(
            proof(
                control,
                "public access is blocked",
                bucket(),
                *(
                    bucket(("BucketPublicAccessBlock", {**dict.fromkeys(SWITCHES, True), it: False}))
                    for it in SWITCHES
                ),
            )
            for control in ("S3.8", "CKV2_AWS_6", "S2")
        ),
        *(
            proof(
                control,
                "no ACLs",
                bucket(),
                bucket(("BucketOwnershipControls", {"rule": {"objectOwnership": "BucketOwnerPreferred"}})),
            )
            for control in ("S3.12", "CKV2_AWS_65")
        ),
    ],
    "s3-tls-and-encryption": [
        proof(
            control,
            "requests without TLS are refused",
            bucket(),
            bucket(("BucketPolicy", {"policy": document(allow("s3:GetObject", Principal={"AWS": "1"}))})),
        )
        for control in ("S3.5", "CKV_AWS_379", "S10")
    ],
    "s3-lifecycle-versioning": [
        proof(
            "S3.10",
            "versioned buckets have a lifecycle",
            bucket(("BucketVersioning", {"versioningConfiguration": {"status": "Enabled"}})),
        ),
        proof("S3.13", "buckets have a lifecycle", bucket()),
        proof("CKV2_AWS_61", "buckets have a lifecycle", bucket()),
        proof(
            "CKV_AWS_300",
            "a lifecycle rule for the whole bucket aborts uploads",
            *(
                bucket(
                    (
                        "BucketLifecycleConfiguration",
                        {
                            "rules": [
                                {
                                    "status": "Enabled",
                                    "abortIncompleteMultipartUpload": {"daysAfterInitiation": 2.0},
                                    "filter": it,
                                }
                            ]
                        },
                    )
                )
                for it in (
                    {"prefix": "tmp/"},
                    {"tag": {"key": "a", "value": "b"}},
                    {"objectSizeGreaterThan": 5.0},
                    {"and": {"prefix": "tmp/"}},
                )
            ),
            bucket(
                (
                    "BucketLifecycleConfiguration",
                    {"rules": [{"status": "Enabled", "expiration": {"days": 9.0}}]},
                )
            ),
        ),
    ],
    "iam-no-star": [
        proof("IAM.1", "no policy allows everything", *granted("*")),
        proof(
            "IAM.21",
            "no policy allows all of a service",
            *granted("s3:*"),
            *granted("ec2:*", on="arn:aws:ec2:eu:1:instance/i-1"),
        ),
        *(
            proof(
                control,
                "no policy decrypts with every key",
                *(
                    it
                    for action in ("kms:Decrypt", "kms:ReEncryptFrom", "kms:D*")
                    for on in ("*", "arn:aws:kms:*:1:key/*")
                    for it in granted(action, on=on)
                ),
            )
            for control in ("KMS.1", "KMS.2")
        ),
        proof(
            "CKV_AWS_60",
            "roles trust named principals",
            resource(
                "aws:iam/role:Role",
                "r",
                assumeRolePolicy=document(
                    {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": ANYBODY}
                ),
            ),
        ),
        proof("CKV_AWS_62", "no policy allows everything on everything", *granted("*")),
        proof("CKV_AWS_63", "no policy has a star for its actions", *granted("*", on="arn:aws:s3:::b")),
        proof(
            "CKV_AWS_274",
            "nobody holds AdministratorAccess",
            resource("aws:iam/role:Role", "r", managedPolicyArns=[ADMINISTRATORS]),
            *(
                resource(f"aws:iam/{kind[0].lower()}{kind[1:]}:{kind}", "a", policyArn=ADMINISTRATORS)
                for kind in (
                    "PolicyAttachment",
                    "RolePolicyAttachment",
                    "UserPolicyAttachment",
                    "GroupPolicyAttachment",
                )
            ),
        ),
        proof(
            "CKV_AWS_286",
            "no policy raises privileges",
            *(it for way in WAYS.split() for it in granted(*way.split(","))),
        ),
        proof(
            "CKV_AWS_287",
            "no policy gets credentials",
            *(
                it
                for action in (
                    "iam:CreateAccessKey",
                    "sts:AssumeRole",
                    "ec2:GetPasswordData",
                    "redshift:GetClusterCredentials",
                    "rds-db:connect",
                    "sts:Assume*",
                )
                for it in granted(action)
            ),
        ),
        proof(
            "CKV_AWS_288",
            "no policy reads data",
            *(
                it
                for action in (
                    "s3:GetObject",
                    "ssm:GetParameter",
                    "ssm:GetParameters",
                    "ssm:GetParametersByPath",
                    "secretsmanager:GetSecretValue",
                    "s3:Get*",
                )
                for it in granted(action)
            ),
            *granted("s3:Get*", on="arn:aws:s3:::*"),
            *granted("s3:GetObject", on="arn:aws:s3:::*/*"),
            *granted("secretsmanager:GetSecretValue", on="arn:aws:secretsmanager:*:*:secret:*"),
        ),
    ],
    "ssm-document-private": [
        proof(
            control,
            "documents are not public",
            resource("aws:ssm/document:Document", "d", permissions={"type": "Share", "account_ids": "All"}),
        )
        for control in ("SSM.4", "CKV_AWS_303")
    ],
    "kms-key-safe": [
        *(
            proof(
                control,
                "symmetric keys rotate",
                resource("aws:kms/key:Key", "k"),
                resource("aws:kms/key:Key", "k", enableKeyRotation=False),
            )
            for control in ("KMS.4", "CKV_AWS_7", "KMS5")
        ),
        *(
            proof(
                control,
                "keys are not public",
                resource(
                    "aws:kms/key:Key",
                    "k",
                    enableKeyRotation=True,
                    policy=document(allow("kms:*", Principal=ANYBODY)),
                ),
            )
            for control in ("KMS.5", "CKV_AWS_33")
        ),
    ],
    "log-retention": [
        proof(
            "CKV_AWS_66", "log groups state a retention", resource("aws:cloudwatch/logGroup:LogGroup", "l")
        ),
        *(
            proof(
                control,
                "log groups keep logs for a year",
                resource("aws:cloudwatch/logGroup:LogGroup", "l", retentionInDays=180.0),
            )
            for control in ("CloudWatch.16", "CKV_AWS_338")
        ),
    ],
    "alarm-actions": [
        *(
            proof(control, "alarms have an action", alarm(alarmActions=[]), alarm(alarmActions=None))
            for control in ("CloudWatch.15", "CT.CLOUDWATCH.PR.1")
        ),
        *(
            proof(control, "alarm actions are enabled", alarm(actionsEnabled=False))
            for control in ("CloudWatch.17", "CKV_AWS_319", "CT.CLOUDWATCH.PR.4")
        ),
    ],
    "sns-topic-safe": [
        *(
            proof(control, "topics are encrypted with a KMS key", resource("aws:sns/topic:Topic", "t"))
            for control in ("SNS.1", "CKV_AWS_26")
        ),
        *(
            proof(
                control,
                "topic policies are not public",
                resource("aws:sns/topicPolicy:TopicPolicy", "t", policy=EXCESS),
            )
            for control in ("SNS.4", "CKV_AWS_169")
        ),
    ],
    "ecr-safe": [
        *(
            proof(
                control,
                "images are scanned on push",
                resource("aws:ecr/repository:Repository", "r", imageTagMutability="IMMUTABLE"),
            )
            for control in ("ECR.1", "CKV_AWS_163")
        ),
        *(
            proof(
                control,
                "tags are immutable",
                resource(
                    "aws:ecr/repository:Repository", "r", imageScanningConfiguration={"scanOnPush": True}
                ),
            )
            for control in ("ECR.2", "CKV_AWS_51")
        ),
        proof(
            "ECR.3",
            "repositories have a lifecycle policy",
            resource(
                "aws:ecr/repository:Repository",
                "r",
                urn="r",
                imageTagMutability="IMMUTABLE",
                imageScanningConfiguration={"scanOnPush": True},
            ),
        ),
    ],
}
# What the finding says, where the rule finds other things about the same resource as well.
SAYS = {
    "no public read": "has a public ACL|lets everybody in",
    "no public write": "has a public ACL|lets everybody in",
    "public access is blocked": "does not block all public access",
    "no ACLs": "lets writers own objects and set ACLs",
    "requests without TLS are refused": "without TLS",
    "versioned buckets have a lifecycle": "keeps unfinished uploads",
    "buckets have a lifecycle": "keeps unfinished uploads",
    "a lifecycle rule for the whole bucket aborts uploads": "keeps unfinished uploads",
    "images are scanned on push": "does not scan images",
    "tags are immutable": "lets tags be moved",
    "repositories have a lifecycle policy": "keeps every image forever",
    "containers have a read-only root": "may write to its root file system",
    "containers of Linux state a user that is not root": "runs as",
    "clusters have container insights": "container insights",
    "clusters log the commands executed": "no record of shells",
    "services assign no public address": "public addresses",
    "functions are traced": "is not traced",
    "symmetric keys rotate": "never rotated",
    "keys are not public": "lets everybody use the key",
    "application balancers mitigate desync attacks": "ambiguous requests",
    "balancers of each kind span several zones": "subnet",
    "queue policies are not public": "lets everybody use the queue",
    "queue policies are not public by wildcards": "lets everybody use the queue",
    "queue policies do not allow all actions": "allows every action",
}
EACH = [(rule, it) for rule, proofs in PROOFS.items() for it in proofs]


@pytest.mark.parametrize(
    ("rule", "claim"), EACH, ids=[f"{rule} finds {it.control}: {it.demands}" for rule, it in EACH]
)
def test_what_fails_a_control_is_found(rule: str, claim: Proof, judge: Callable):
    missed = [
        [(it.type, it.props) for it in failing]
        for failing in claim.failing
        if not any(re.search(SAYS.get(claim.demands, ""), found) for found in judge(rule, *failing).findings)
    ]
    assert missed == []


def test_each_reference_has_its_proof_and_each_proof_its_reference():
    claimed = {rule.id: sorted(rule.references) for rule in RULES if rule.references}
    assert {rule: sorted(it.control for it in proofs) for rule, proofs in PROOFS.items()} == claimed


def test_no_proof_would_hold_for_a_rule_that_finds_everything(judge: Callable):
    # What is tagged, and nothing else, passes the rules about tags: their proofs are about tags.
    assert not judge("required-tags", resource("aws:sqs/queue:Queue", "q", tags=TAGS)).findings
