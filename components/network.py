"""The network: one VPC in two or three zones, with private subnets for all compute."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import pulumi
from pulumi_aws import ec2

from components import settings
from components.naming import Naming
from components.naming.store_names import bucket_name
from components.parts.buckets import BucketArgs, build_bucket
from components.parts.network.endpoints import EndpointArgs, build_endpoints
from components.parts.network.subnets import ZoneSubnets, divide
from components.permissions import Statement

COMPONENT = "network"
ANYWHERE = "0.0.0.0/0"
FLOW_LOGS = "flow-logs"


@dataclass(frozen=True, kw_only=True)
class NetworkArgs:
    """What the network needs from its neighbors."""

    naming: Naming
    storage: settings.Storage
    settings: settings.Network
    protect: bool


def nat_zones(nat: str, zones: Sequence[ZoneSubnets]) -> list[ZoneSubnets]:
    """The zones that get a NAT gateway."""
    return {"none": [], "one": list(zones[:1]), "per_zone": list(zones)}[nat]


def flow_log_delivery(naming: Naming, bucket: str) -> tuple[Statement, ...]:
    """Flow logs of this account may be delivered, to a bucket where nothing else is.

    One page of AWS says that creating a flow log overwrites the bucket's policy, another that it adds to it
    (VPC user guide, "Publish flow logs to Amazon S3"; CloudWatch Logs user guide, "Logs sent to Amazon S3").
    In a bucket of their own neither takes anything away from others.
    """
    ours = {"StringEquals": {"aws:SourceAccount": naming.account_id}}
    delivery = {"Service": "delivery.logs.amazonaws.com"}
    return (
        Statement(
            principal=delivery,
            actions=["s3:PutObject"],
            resources=[naming.bucket_arn(bucket, "AWSLogs/*")],
            conditions=ours,
        ),
        Statement(
            principal=delivery,
            actions=["s3:GetBucketAcl"],
            resources=[naming.bucket_arn(bucket)],
            conditions=ours,
        ),
    )


class Network(pulumi.ComponentResource):
    """Owns the VPC, subnets, gateways, endpoints and flow logs; security groups belong to the services."""

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("clip-it:network:Network", name, None, opts)
        self._name, self._args = name, args
        self._inside = pulumi.ResourceOptions(parent=self)
        zones = divide(args.settings.cidr, args.settings.zones)
        vpc = ec2.Vpc(
            name,
            cidr_block=args.settings.cidr,
            enable_dns_hostnames=True,
            enable_dns_support=True,
            tags=self._tags(),
            # Another range would replace the network and everything in it: that takes a new stack.
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
        )
        # The default group of a VPC allows all traffic among its members; without rules it allows none.
        ec2.DefaultSecurityGroup(f"{name}-default", vpc_id=vpc.id, tags=self._tags(), opts=self._inside)
        gateway = ec2.InternetGateway(name, vpc_id=vpc.id, tags=self._tags(), opts=self._inside)
        self.public_subnet_ids = self._public_subnets(vpc, gateway, zones)
        self.private_subnet_ids, private_tables = self._private_subnets(vpc, gateway, zones)
        build_endpoints(
            name,
            EndpointArgs(
                naming=args.naming,
                vpc_id=vpc.id,
                cidr=args.settings.cidr,
                subnet_ids=self.private_subnet_ids,
                route_table_ids=[table.id for table in private_tables],
                interfaces=args.settings.interface_endpoints,
            ),
            self,
        )
        if args.settings.flow_logs:
            self._flow_logs(vpc)
        self.vpc_id: pulumi.Output[str] = vpc.id
        self.register_outputs({"vpc_id": self.vpc_id})

    def _flow_logs(self, vpc: ec2.Vpc) -> None:
        naming, storage = self._args.naming, self._args.storage
        bucket = build_bucket(
            f"{self._name}-flow-logs",
            BucketArgs(
                naming=naming,
                component=COMPONENT,
                purpose=FLOW_LOGS,
                keep_days=storage.log_retention_days,
                protect=self._args.protect,
                disposable=storage.disposable,
                statements=flow_log_delivery(naming, bucket_name(naming, FLOW_LOGS)),
            ),
            self,
        )
        ec2.FlowLog(
            self._name,
            vpc_id=vpc.id,
            traffic_type="ALL",
            log_destination_type="s3",
            log_destination=bucket.arn,
            tags=self._tags(),
            opts=self._inside,
        )

    def _tags(self, **more: str) -> dict[str, str]:
        return self._args.naming.tags(COMPONENT, **more)

    def _public_subnets(
        self, vpc: ec2.Vpc, gateway: ec2.InternetGateway, zones: Sequence[ZoneSubnets]
    ) -> list[pulumi.Output[str]]:
        table = self._route_table(vpc, "public", "public")
        route = ec2.Route(
            f"{self._name}-public",
            route_table_id=table.id,
            destination_cidr_block=ANYWHERE,
            gateway_id=gateway.id,
            opts=self._inside,
        )
        return [self._subnet(vpc, zone, "public", table, [route]) for zone in zones]

    def _private_subnets(
        self, vpc: ec2.Vpc, gateway: ec2.InternetGateway, zones: Sequence[ZoneSubnets]
    ) -> tuple[list[pulumi.Output[str]], list[ec2.RouteTable]]:
        nats = self._nat_gateways(gateway, zones)
        subnets, tables = [], []
        for zone in zones:
            label = f"private-{zone.letter}"
            table = self._route_table(vpc, label, "private")
            nat = nats.get(zone.letter) or next(iter(nats.values()), None)
            routes = []
            if nat is not None:
                routes = [
                    ec2.Route(
                        f"{self._name}-{label}",
                        route_table_id=table.id,
                        destination_cidr_block=ANYWHERE,
                        nat_gateway_id=nat.id,
                        opts=self._inside,
                    )
                ]
            subnets.append(self._subnet(vpc, zone, "private", table, routes))
            tables.append(table)
        return subnets, tables

    def _nat_gateways(
        self, gateway: ec2.InternetGateway, zones: Sequence[ZoneSubnets]
    ) -> dict[str, ec2.NatGateway]:
        # AWS refuses addresses and NAT gateways in a network that has no way out yet.
        after = pulumi.ResourceOptions(parent=self, depends_on=[gateway])
        gateways: dict[str, ec2.NatGateway] = {}
        wanted = nat_zones(self._args.settings.nat, zones)
        for zone, subnet_id in zip(wanted, self.public_subnet_ids, strict=False):
            label = f"{self._name}-nat-{zone.letter}"
            address = ec2.Eip(label, domain="vpc", tags=self._tags(), opts=after)
            gateways[zone.letter] = ec2.NatGateway(
                label, subnet_id=subnet_id, allocation_id=address.id, tags=self._tags(), opts=after
            )
        return gateways

    def _route_table(self, vpc: ec2.Vpc, label: str, tier: str) -> ec2.RouteTable:
        return ec2.RouteTable(
            f"{self._name}-{label}", vpc_id=vpc.id, tags=self._tags(Tier=tier), opts=self._inside
        )

    def _subnet(
        self,
        vpc: ec2.Vpc,
        zone: ZoneSubnets,
        tier: Literal["public", "private"],
        table: ec2.RouteTable,
        routes: Sequence[ec2.Route],
    ) -> pulumi.Output[str]:
        """The id of a subnet, available once its routes are in place."""
        label = f"{self._name}-{tier}-{zone.letter}"
        subnet = ec2.Subnet(
            label,
            vpc_id=vpc.id,
            cidr_block=zone.public_cidr if tier == "public" else zone.private_cidr,
            availability_zone=zone.zone,
            map_public_ip_on_launch=False,
            tags=self._tags(Tier=tier, Name=label),
            opts=self._inside,
        )
        association = ec2.RouteTableAssociation(
            label,
            subnet_id=subnet.id,
            route_table_id=table.id,
            opts=pulumi.ResourceOptions(parent=self, depends_on=routes),
        )
        return association.subnet_id.apply(str)
