"""Builds the public entrance of the job server: a load balancer that answers only over HTTPS."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import ec2, lb, route53, vpc

from components import settings
from components.naming import Naming
from components.parts.job_server.firewall import build_firewall

COMPONENT = "job-server"
PORT = 8080
# Load balancer and target group names may have 32 characters, the target group's with a random suffix.
NAME_LIMIT = 32
# Less than the job server's timeout, so that the server never closes a connection first.
IDLE_SECONDS = 60
TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-2021-06"
# ECS replaces tasks that fail here, which fixes no outage of a dependency.
HEALTH_PATH = "/healthz"
# Its 503 says that a dependency is out; from outside, that would count against the availability of the API.
READINESS_PATH = "/readyz"


@dataclass(frozen=True, kw_only=True)
class EntranceArgs:
    """The network of the entrance."""

    naming: Naming
    settings: settings.JobServer
    vpc_id: pulumi.Input[str]
    public_subnet_ids: Sequence[pulumi.Input[str]]
    logs_bucket: pulumi.Input[str]


@dataclass(frozen=True, kw_only=True)
class Entrance:
    """What the service and the alarms need of the entrance."""

    balancer: lb.LoadBalancer
    target_group: lb.TargetGroup
    https: lb.Listener
    task_group: ec2.SecurityGroup


def build_entrance(name: str, args: EntranceArgs, parent: pulumi.Resource) -> Entrance:
    """Build balancer, listeners, target group, security groups, and firewall and name where wanted."""
    inside, tags = pulumi.ResourceOptions(parent=parent), args.naming.tags(COMPONENT)
    public_group, task_group = _security_groups(name, args, inside)
    balancer = lb.LoadBalancer(
        name,
        name=args.naming.physical("api", limit=NAME_LIMIT),
        load_balancer_type="application",
        internal=False,
        subnets=args.public_subnet_ids,
        security_groups=[public_group.id],
        idle_timeout=IDLE_SECONDS,
        drop_invalid_header_fields=True,
        desync_mitigation_mode="defensive",
        enable_deletion_protection=args.settings.deletion_protection,
        access_logs=lb.LoadBalancerAccessLogsArgs(bucket=args.logs_bucket, prefix="balancer", enabled=True),
        tags=tags,
        opts=inside,
    )
    target_group = _target_group(name, args, inside)
    https = _listeners(name, args, balancer, target_group, inside)
    _readiness_stays_inside(name, args, https, inside)
    if args.settings.firewall:
        build_firewall(name, args.naming, balancer, parent)
    if args.settings.zone_id is not None:
        route53.Record(
            name,
            zone_id=args.settings.zone_id,
            name=args.settings.domain,
            type="A",
            aliases=[
                route53.RecordAliasArgs(
                    name=balancer.dns_name, zone_id=balancer.zone_id, evaluate_target_health=True
                )
            ],
            opts=inside,
        )
    return Entrance(balancer=balancer, target_group=target_group, https=https, task_group=task_group)


def _target_group(name: str, args: EntranceArgs, inside: pulumi.ResourceOptions) -> lb.TargetGroup:
    return lb.TargetGroup(
        name,
        port=PORT,
        protocol="HTTP",
        target_type="ip",
        vpc_id=args.vpc_id,
        deregistration_delay=30,
        health_check=lb.TargetGroupHealthCheckArgs(
            enabled=True,
            protocol="HTTP",
            path=HEALTH_PATH,
            matcher="200",
            interval=10,
            timeout=5,
            healthy_threshold=2,
            unhealthy_threshold=3,
        ),
        tags=args.naming.tags(COMPONENT),
        opts=inside,
    )


def _listeners(
    name: str,
    args: EntranceArgs,
    balancer: lb.LoadBalancer,
    target_group: lb.TargetGroup,
    inside: pulumi.ResourceOptions,
) -> lb.Listener:
    tags = args.naming.tags(COMPONENT)
    lb.Listener(
        f"{name}-http",
        load_balancer_arn=balancer.arn,
        port=80,
        protocol="HTTP",
        default_actions=[
            lb.ListenerDefaultActionArgs(
                type="redirect",
                redirect=lb.ListenerDefaultActionRedirectArgs(
                    protocol="HTTPS", port="443", status_code="HTTP_301"
                ),
            )
        ],
        tags=tags,
        opts=inside,
    )
    return lb.Listener(
        f"{name}-https",
        load_balancer_arn=balancer.arn,
        port=443,
        protocol="HTTPS",
        ssl_policy=TLS_POLICY,
        certificate_arn=args.settings.certificate_arn,
        default_actions=[lb.ListenerDefaultActionArgs(type="forward", target_group_arn=target_group.arn)],
        tags=tags,
        opts=inside,
    )


def _readiness_stays_inside(
    name: str, args: EntranceArgs, https: lb.Listener, inside: pulumi.ResourceOptions
) -> None:
    lb.ListenerRule(
        f"{name}-readiness",
        listener_arn=https.arn,
        priority=1,
        conditions=[
            lb.ListenerRuleConditionArgs(
                path_pattern=lb.ListenerRuleConditionPathPatternArgs(values=[READINESS_PATH])
            )
        ],
        actions=[
            lb.ListenerRuleActionArgs(
                type="fixed-response",
                fixed_response=lb.ListenerRuleActionFixedResponseArgs(
                    content_type="text/plain", message_body="Not found", status_code="404"
                ),
            )
        ],
        tags=args.naming.tags(COMPONENT),
        opts=inside,
    )


def _security_groups(
    name: str, args: EntranceArgs, inside: pulumi.ResourceOptions
) -> tuple[ec2.SecurityGroup, ec2.SecurityGroup]:
    tags = args.naming.tags(COMPONENT)
    public = ec2.SecurityGroup(
        f"{name}-public", vpc_id=args.vpc_id, description="Public entrance of the API", tags=tags, opts=inside
    )
    tasks = ec2.SecurityGroup(
        f"{name}-tasks", vpc_id=args.vpc_id, description="Tasks of the API", tags=tags, opts=inside
    )
    for port in (80, 443):
        for cidr in args.settings.allowed_cidrs:
            vpc.SecurityGroupIngressRule(
                f"{name}-public-{port}-{cidr}",
                security_group_id=public.id,
                description="Callers of the API; port 80 only redirects",
                cidr_ipv4=cidr,
                ip_protocol="tcp",
                from_port=port,
                to_port=port,
                tags=tags,
                opts=inside,
            )
    vpc.SecurityGroupEgressRule(
        f"{name}-public",
        security_group_id=public.id,
        description="Requests and health checks to the tasks",
        referenced_security_group_id=tasks.id,
        ip_protocol="tcp",
        from_port=PORT,
        to_port=PORT,
        tags=tags,
        opts=inside,
    )
    vpc.SecurityGroupIngressRule(
        f"{name}-tasks",
        security_group_id=tasks.id,
        description="Requests and health checks of the balancer",
        referenced_security_group_id=public.id,
        ip_protocol="tcp",
        from_port=PORT,
        to_port=PORT,
        tags=tags,
        opts=inside,
    )
    vpc.SecurityGroupEgressRule(
        f"{name}-tasks",
        security_group_id=tasks.id,
        description="AWS services over HTTPS",
        cidr_ipv4="0.0.0.0/0",
        ip_protocol="tcp",
        from_port=443,
        to_port=443,
        tags=tags,
        opts=inside,
    )
    return public, tasks
