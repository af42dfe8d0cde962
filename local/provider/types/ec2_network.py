"""The VPC, its subnets and its ways out."""

import ipaddress
from collections.abc import Iterator

from local.provider.types.aws import Aws, found
from local.provider.types.checks import exactly_one, one_of, required
from local.provider.types.ec2_tags import only_tags, retag, specification
from local.provider.types.props import Props
from local.provider.types.resource import (
    Change,
    CheckFailure,
    Created,
    Existing,
    Outputs,
    ResourceType,
    Types,
    tag_mapping,
)
from local.provider.types.spelling import chosen

VPC_SWITCHES = ("enableDnsSupport", "enableDnsHostnames")
WIDEST, NARROWEST = 16, 28  # prefix lengths that a VPC or subnet may have


def _create_vpc(aws: Aws, new: Props) -> Created:
    given = chosen(new, "cidrBlock", "instanceTenancy")
    vpc = aws.call("ec2", "create_vpc", **given, TagSpecifications=specification("vpc", new)).block("Vpc")
    _switch(aws, vpc.text("VpcId"), new)
    return Created(id=vpc.text("VpcId"))


def _switch(aws: Aws, vpc: str, inputs: Props) -> None:
    for key in VPC_SWITCHES:
        if inputs.has(key):
            parameter = key[:1].upper() + key[1:]
            aws.call("ec2", "modify_vpc_attribute", VpcId=vpc, **{parameter: {"Value": inputs.flag(key)}})


def _read_vpc(aws: Aws, it: Existing) -> Outputs | None:
    vpc = found(aws.call("ec2", "describe_vpcs", VpcIds=[it.id]), "Vpcs")
    switches = {
        key: aws.call("ec2", "describe_vpc_attribute", VpcId=it.id, Attribute=key)
        .block(key[:1].upper() + key[1:])
        .flag("Value")
        for key in VPC_SWITCHES
    }
    inside = [{"Name": "vpc-id", "Values": [it.id]}]
    named = [*inside, {"Name": "group-name", "Values": ["default"]}]
    main = [*inside, {"Name": "association.main", "Values": ["true"]}]
    groups = aws.call("ec2", "describe_security_groups", Filters=named).blocks("SecurityGroups")
    tables = aws.call("ec2", "describe_route_tables", Filters=main).blocks("RouteTables")
    return {
        **switches,
        "arn": aws.arn("ec2", f"vpc/{it.id}"),
        "cidrBlock": vpc.text("CidrBlock"),
        "instanceTenancy": vpc.maybe_text("InstanceTenancy"),
        "ownerId": aws.account,
        "defaultSecurityGroupId": groups[0].text("GroupId") if groups else None,
        "mainRouteTableId": tables[0].text("RouteTableId") if tables else None,
        "tags": tag_mapping(vpc.blocks("Tags")),
    }


def _update_vpc(aws: Aws, it: Existing, change: Change) -> None:
    if change.touches(*VPC_SWITCHES):
        _switch(aws, it.id, change.inputs)
    retag(aws, it, change)


def _delete_vpc(aws: Aws, it: Existing) -> None:
    aws.call("ec2", "delete_vpc", VpcId=it.id)


def _create_subnet(aws: Aws, new: Props) -> Created:
    given = chosen(new, "vpcId", "cidrBlock", "availabilityZone")
    tags = specification("subnet", new)
    identity = (
        aws.call("ec2", "create_subnet", **given, TagSpecifications=tags).block("Subnet").text("SubnetId")
    )
    _publish(aws, identity, new)
    return Created(id=identity)


def _publish(aws: Aws, subnet: str, inputs: Props) -> None:
    if inputs.has("mapPublicIpOnLaunch"):
        public = {"Value": inputs.flag("mapPublicIpOnLaunch")}
        aws.call("ec2", "modify_subnet_attribute", SubnetId=subnet, MapPublicIpOnLaunch=public)


def _read_subnet(aws: Aws, it: Existing) -> Outputs | None:
    subnet = found(aws.call("ec2", "describe_subnets", SubnetIds=[it.id]), "Subnets")
    return {
        "arn": aws.arn("ec2", f"subnet/{it.id}"),
        "vpcId": subnet.text("VpcId"),
        "cidrBlock": subnet.text("CidrBlock"),
        "availabilityZone": subnet.text("AvailabilityZone"),
        "availabilityZoneId": subnet.maybe_text("AvailabilityZoneId"),
        "mapPublicIpOnLaunch": subnet.flag("MapPublicIpOnLaunch"),
        "ownerId": aws.account,
        "tags": tag_mapping(subnet.blocks("Tags")),
    }


def _update_subnet(aws: Aws, it: Existing, change: Change) -> None:
    if change.touches("mapPublicIpOnLaunch"):
        _publish(aws, it.id, change.inputs)
    retag(aws, it, change)


def _delete_subnet(aws: Aws, it: Existing) -> None:
    aws.call("ec2", "delete_subnet", SubnetId=it.id)


def _create_internet_gateway(aws: Aws, new: Props) -> Created:
    tags = specification("internet-gateway", new)
    answer = aws.call("ec2", "create_internet_gateway", TagSpecifications=tags)
    identity = answer.block("InternetGateway").text("InternetGatewayId")
    _attach(aws, identity, new)
    return Created(id=identity)


def _read_internet_gateway(aws: Aws, it: Existing) -> Outputs | None:
    answer = aws.call("ec2", "describe_internet_gateways", InternetGatewayIds=[it.id])
    gateway = found(answer, "InternetGateways")
    attached = gateway.blocks("Attachments")
    return {
        "arn": aws.arn("ec2", f"internet-gateway/{it.id}"),
        "vpcId": attached[0].text("VpcId") if attached else None,
        "ownerId": aws.account,
        "tags": tag_mapping(gateway.blocks("Tags")),
    }


def _update_internet_gateway(aws: Aws, it: Existing, change: Change) -> None:
    if change.touches("vpcId"):
        _detach(aws, it)
        _attach(aws, it.id, change.inputs)
    retag(aws, it, change)


def _attach(aws: Aws, gateway: str, inputs: Props) -> None:
    if inputs.has("vpcId"):
        aws.call("ec2", "attach_internet_gateway", InternetGatewayId=gateway, VpcId=inputs.text("vpcId"))


def _detach(aws: Aws, it: Existing) -> None:
    if it.state.has("vpcId"):
        aws.call("ec2", "detach_internet_gateway", InternetGatewayId=it.id, VpcId=it.state.text("vpcId"))


def _delete_internet_gateway(aws: Aws, it: Existing) -> None:
    _detach(aws, it)
    aws.call("ec2", "delete_internet_gateway", InternetGatewayId=it.id)


def _create_address(aws: Aws, new: Props) -> Created:
    tags = specification("elastic-ip", new)
    answer = aws.call("ec2", "allocate_address", Domain="vpc", TagSpecifications=tags)
    return Created(id=answer.text("AllocationId"))


def _read_address(aws: Aws, it: Existing) -> Outputs | None:
    address = found(aws.call("ec2", "describe_addresses", AllocationIds=[it.id]), "Addresses")
    return {
        "arn": aws.arn("ec2", f"elastic-ip/{it.id}"),
        "allocationId": it.id,
        "domain": "vpc",
        "publicIp": address.text("PublicIp"),
        "tags": tag_mapping(address.blocks("Tags")),
    }


def _delete_address(aws: Aws, it: Existing) -> None:
    aws.call("ec2", "release_address", AllocationId=it.id)


def _create_nat_gateway(aws: Aws, new: Props) -> Created:
    given = chosen(new, "subnetId", "allocationId", "connectivityType")
    tags = specification("natgateway", new)
    answer = aws.call("ec2", "create_nat_gateway", **given, TagSpecifications=tags)
    return Created(id=answer.block("NatGateway").text("NatGatewayId"))


def _read_nat_gateway(aws: Aws, it: Existing) -> Outputs | None:
    found = aws.call("ec2", "describe_nat_gateways", NatGatewayIds=[it.id]).blocks("NatGateways")
    if not found or found[0].text("State") in {"deleted", "deleting"}:
        return None
    addresses = found[0].blocks("NatGatewayAddresses")
    address = addresses[0] if addresses else Props()
    return {
        "subnetId": found[0].text("SubnetId"),
        "allocationId": address.maybe_text("AllocationId"),
        "publicIp": address.maybe_text("PublicIp"),
        "privateIp": address.maybe_text("PrivateIp"),
        "networkInterfaceId": address.maybe_text("NetworkInterfaceId"),
        "connectivityType": found[0].maybe_text("ConnectivityType"),
        "tags": tag_mapping(found[0].blocks("Tags")),
    }


def _delete_nat_gateway(aws: Aws, it: Existing) -> None:
    aws.call("ec2", "delete_nat_gateway", NatGatewayId=it.id)


def _is_network(inputs: Props) -> Iterator[CheckFailure]:
    text = inputs.text("cidrBlock")
    try:
        network = ipaddress.IPv4Network(text)
    except ValueError as error:
        yield CheckFailure(property="cidrBlock", reason=f"{text!r} is not an IPv4 network: {error}")
        return
    if not WIDEST <= network.prefixlen <= NARROWEST:
        reason = f"{text} is out of range; /{WIDEST} to /{NARROWEST} are allowed"
        yield CheckFailure(property="cidrBlock", reason=reason)


def _needs_an_address(inputs: Props) -> Iterator[CheckFailure]:
    if inputs.maybe_text("connectivityType") != "private" and not inputs.has("allocationId"):
        yield CheckFailure(property="allocationId", reason="a public NAT gateway needs an Elastic IP")


TYPES: Types = {
    "aws:ec2/vpc:Vpc": ResourceType(
        create=_create_vpc,
        read=_read_vpc,
        update=_update_vpc,
        delete=_delete_vpc,
        checks=(_is_network, one_of("instanceTenancy", ("default", "dedicated"))),
        defaults={"enableDnsSupport": True},
    ),
    "aws:ec2/subnet:Subnet": ResourceType(
        create=_create_subnet,
        read=_read_subnet,
        update=_update_subnet,
        delete=_delete_subnet,
        checks=(required("vpcId", "cidrBlock"), _is_network),
    ),
    "aws:ec2/internetGateway:InternetGateway": ResourceType(
        create=_create_internet_gateway,
        read=_read_internet_gateway,
        update=_update_internet_gateway,
        delete=_delete_internet_gateway,
    ),
    "aws:ec2/eip:Eip": ResourceType(
        create=_create_address,
        read=_read_address,
        update=only_tags,
        delete=_delete_address,
        checks=(one_of("domain", ("vpc",)),),
    ),
    "aws:ec2/natGateway:NatGateway": ResourceType(
        create=_create_nat_gateway,
        read=_read_nat_gateway,
        update=only_tags,
        delete=_delete_nat_gateway,
        checks=(exactly_one("subnetId"), _needs_an_address),
    ),
}
