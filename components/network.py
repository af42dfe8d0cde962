"""The network: one VPC over two or three zones, private subnets for everything that computes."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import ec2

from components import settings
from components.naming import Naming
from components.network_endpoints import EndpointArgs, build_endpoints
from components.subnets import ZoneSubnets, divide

COMPONENT = "network"
ANYWHERE = "0.0.0.0/0"


@dataclass(frozen=True, kw_only=True)
class NetworkArgs:
    """What the network needs from its neighbors."""

    naming: Naming
    settings: settings.Network
    flow_log_bucket_arn: pulumi.Input[str]


def nat_zones(nat: str, zones: Sequence[ZoneSubnets]) -> list[ZoneSubnets]:
    """The zones that get a NAT gateway."""
    return {"none": [], "one": list(zones[:1]), "per_zone": list(zones)}[nat]


class Network(pulumi.ComponentResource):
    """Owns the VPC, its subnets, ways out and endpoints; security groups belong to the services."""

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
            opts=self._inside,
        )
        # The default group of a VPC lets its members talk freely; without rules nobody can lean on it.
        ec2.DefaultSecurityGroup(f"{name}-default", vpc_id=vpc.id, tags=self._tags(), opts=self._inside)
        public = self._public_subnets(vpc, zones)
        private, private_tables = self._private_subnets(vpc, zones, public)
        build_endpoints(
            name,
            EndpointArgs(
                naming=args.naming,
                vpc_id=vpc.id,
                cidr=args.settings.cidr,
                subnet_ids=[subnet.id for subnet in private],
                route_table_ids=[table.id for table in private_tables],
                interfaces=args.settings.interface_endpoints,
            ),
            self,
        )
        if args.settings.flow_logs:
            ec2.FlowLog(
                name,
                vpc_id=vpc.id,
                traffic_type="ALL",
                log_destination_type="s3",
                log_destination=pulumi.Output.concat(args.flow_log_bucket_arn, "/flow"),
                tags=self._tags(),
                opts=self._inside,
            )
        self.vpc_id: pulumi.Output[str] = vpc.id
        self.public_subnet_ids: list[pulumi.Output[str]] = [subnet.id for subnet in public]
        self.private_subnet_ids: list[pulumi.Output[str]] = [subnet.id for subnet in private]
        self.register_outputs({"vpc_id": self.vpc_id})

    def _tags(self, **more: str) -> dict[str, str]:
        return self._args.naming.tags(COMPONENT, **more)

    def _public_subnets(self, vpc: ec2.Vpc, zones: Sequence[ZoneSubnets]) -> list[ec2.Subnet]:
        gateway = ec2.InternetGateway(self._name, vpc_id=vpc.id, tags=self._tags(), opts=self._inside)
        table = ec2.RouteTable(
            f"{self._name}-public", vpc_id=vpc.id, tags=self._tags(Tier="public"), opts=self._inside
        )
        ec2.Route(
            f"{self._name}-public",
            route_table_id=table.id,
            destination_cidr_block=ANYWHERE,
            gateway_id=gateway.id,
            opts=self._inside,
        )
        return [self._subnet(vpc, zone, "public", zone.public_cidr, table) for zone in zones]

    def _private_subnets(
        self, vpc: ec2.Vpc, zones: Sequence[ZoneSubnets], public: Sequence[ec2.Subnet]
    ) -> tuple[list[ec2.Subnet], list[ec2.RouteTable]]:
        gateways = self._nat_gateways(zones, public)
        subnets, tables = [], []
        for zone in zones:
            table = ec2.RouteTable(
                f"{self._name}-private-{zone.letter}",
                vpc_id=vpc.id,
                tags=self._tags(Tier="private"),
                opts=self._inside,
            )
            gateway = gateways.get(zone.letter) or next(iter(gateways.values()), None)
            if gateway is not None:
                ec2.Route(
                    f"{self._name}-private-{zone.letter}",
                    route_table_id=table.id,
                    destination_cidr_block=ANYWHERE,
                    nat_gateway_id=gateway.id,
                    opts=self._inside,
                )
            subnets.append(self._subnet(vpc, zone, "private", zone.private_cidr, table))
            tables.append(table)
        return subnets, tables

    def _nat_gateways(
        self, zones: Sequence[ZoneSubnets], public: Sequence[ec2.Subnet]
    ) -> dict[str, ec2.NatGateway]:
        gateways: dict[str, ec2.NatGateway] = {}
        for zone, subnet in zip(nat_zones(self._args.settings.nat, zones), public, strict=False):
            label = f"{self._name}-nat-{zone.letter}"
            address = ec2.Eip(label, domain="vpc", tags=self._tags(), opts=self._inside)
            gateways[zone.letter] = ec2.NatGateway(
                label, subnet_id=subnet.id, allocation_id=address.id, tags=self._tags(), opts=self._inside
            )
        return gateways

    def _subnet(
        self, vpc: ec2.Vpc, zone: ZoneSubnets, tier: str, cidr: str, table: ec2.RouteTable
    ) -> ec2.Subnet:
        label = f"{self._name}-{tier}-{zone.letter}"
        subnet = ec2.Subnet(
            label,
            vpc_id=vpc.id,
            cidr_block=cidr,
            availability_zone=zone.zone,
            map_public_ip_on_launch=False,
            tags=self._tags(Tier=tier, Name=label),
            opts=self._inside,
        )
        ec2.RouteTableAssociation(label, subnet_id=subnet.id, route_table_id=table.id, opts=self._inside)
        return subnet
