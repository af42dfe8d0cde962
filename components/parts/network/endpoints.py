"""Builds the network's VPC endpoints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import ec2, vpc

from components.naming import Naming

COMPONENT = "network"
# Gateway endpoints cost nothing, so they always exist.
GATEWAYS = ("dynamodb", "s3")
# What tasks and instances call; ssmmessages and ec2messages belong to Systems Manager.
INTERFACES = (
    "autoscaling",
    "ec2messages",
    "ecr.api",
    "ecr.dkr",
    "kms",
    "logs",
    "monitoring",
    "sqs",
    "ssm",
    "ssmmessages",
    "sts",
)


@dataclass(frozen=True, kw_only=True)
class EndpointArgs:
    """The network of the endpoints, and whether interface endpoints exist."""

    naming: Naming
    vpc_id: pulumi.Input[str]
    cidr: str
    subnet_ids: Sequence[pulumi.Input[str]]
    route_table_ids: Sequence[pulumi.Input[str]]
    interfaces: bool


def build_endpoints(name: str, args: EndpointArgs, parent: pulumi.Resource) -> None:
    """Build gateway endpoints, and interface endpoints where they are wanted."""
    inside, tags = pulumi.ResourceOptions(parent=parent), args.naming.tags(COMPONENT)
    for service in GATEWAYS:
        ec2.VpcEndpoint(
            f"{name}-{service}",
            vpc_id=args.vpc_id,
            service_name=f"com.amazonaws.{args.naming.region}.{service}",
            vpc_endpoint_type="Gateway",
            route_table_ids=args.route_table_ids,
            tags=tags,
            opts=inside,
        )
    if not args.interfaces:
        return
    group = ec2.SecurityGroup(
        f"{name}-endpoints",
        vpc_id=args.vpc_id,
        description="Interface endpoints of AWS services",
        tags=tags,
        opts=inside,
    )
    vpc.SecurityGroupIngressRule(
        f"{name}-endpoints",
        security_group_id=group.id,
        description="HTTPS from inside the VPC",
        cidr_ipv4=args.cidr,
        ip_protocol="tcp",
        from_port=443,
        to_port=443,
        tags=tags,
        opts=inside,
    )
    for service in INTERFACES:
        ec2.VpcEndpoint(
            f"{name}-{service.replace('.', '-')}",
            vpc_id=args.vpc_id,
            service_name=f"com.amazonaws.{args.naming.region}.{service}",
            vpc_endpoint_type="Interface",
            private_dns_enabled=True,
            subnet_ids=args.subnet_ids,
            security_group_ids=[group.id],
            tags=tags,
            opts=inside,
        )
