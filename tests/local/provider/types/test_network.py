"""VPC, subnets, gateways, routes and endpoints, against moto."""

import pytest

VPC, SUBNET = "aws:ec2/vpc:Vpc", "aws:ec2/subnet:Subnet"
TABLE, ROUTE = "aws:ec2/routeTable:RouteTable", "aws:ec2/route:Route"
FOLLOWS = "aws:ec2/routeTableAssociation:RouteTableAssociation"
GATEWAY, ADDRESS, NAT = (
    "aws:ec2/internetGateway:InternetGateway",
    "aws:ec2/eip:Eip",
    "aws:ec2/natGateway:NatGateway",
)
ENDPOINT, FLOW_LOG = "aws:ec2/vpcEndpoint:VpcEndpoint", "aws:ec2/flowLog:FlowLog"
ANYWHERE = "0.0.0.0/0"


@pytest.fixture
def vpc(stack):
    made = stack.create(VPC, {"cidrBlock": "10.9.0.0/16", "enableDnsHostnames": True, "tags": {"a": "1"}})
    yield made
    stack.operations.delete(made.urn, made.id, made.outputs)


@pytest.fixture
def subnet(stack, vpc):
    place = {"vpcId": vpc.id, "cidrBlock": "10.9.1.0/24", "availabilityZone": "eu-central-1a"}
    made = stack.create(SUBNET, {**place, "mapPublicIpOnLaunch": False, "tags": {"a": "1"}})
    yield made
    stack.operations.delete(made.urn, made.id, made.outputs)


@pytest.fixture
def table(stack, vpc):
    made = stack.create(TABLE, {"vpcId": vpc.id, "tags": {"a": "1"}})
    yield made
    stack.operations.delete(made.urn, made.id, made.outputs)


def test_a_vpc_tells_its_default_group_and_main_table_and_goes_away(stack):
    vpc = stack.create(VPC, {"cidrBlock": "10.8.0.0/16"})

    assert str(vpc.outputs["defaultSecurityGroupId"]).startswith("sg-")
    assert str(vpc.outputs["mainRouteTableId"]).startswith("rtb-")
    stack.delete(vpc)


def test_switches_and_tags_of_a_vpc_change_in_place_and_its_range_does_not(stack, vpc):
    stack.update(stack.update(vpc, enableDnsHostnames=False), tags={"b": "2"})

    assert stack.replaces(vpc, cidrBlock="10.7.0.0/16")


def test_a_tag_put_on_a_vpc_by_hand_is_drift(stack, vpc):
    stack.aws.call("ec2", "create_tags", Resources=[vpc.id], Tags=[{"Key": "b", "Value": "2"}])

    assert stack.drift(vpc) == {"tags": {"a": "1", "b": "2"}}


@pytest.mark.parametrize("cidr", ["10.0.0.0/8", "10.0.0.1/16", "ten"])
def test_a_range_that_no_vpc_may_have_is_refused(stack, cidr):
    assert set(stack.refusals(VPC, {"cidrBlock": cidr})) == {"cidrBlock"}


def test_a_subnet_changes_its_public_addresses_in_place_and_drifts_with_them(stack, subnet):
    changed = stack.update(subnet, mapPublicIpOnLaunch=True, tags={"b": "2"})
    stack.aws.call("ec2", "modify_subnet_attribute", SubnetId=subnet.id, MapPublicIpOnLaunch={"Value": False})

    assert stack.drift(changed) == {"mapPublicIpOnLaunch": False}
    stack.delete(changed)


def test_a_route_follows_its_gateway_and_is_found_gone(stack, vpc, table):
    gateway = stack.create(GATEWAY, {"vpcId": vpc.id, "tags": {"a": "1"}})
    route = stack.create(
        ROUTE, {"routeTableId": table.id, "destinationCidrBlock": ANYWHERE, "gatewayId": gateway.id}
    )
    stack.update(gateway, tags={"a": "2"})
    stack.aws.call("ec2", "delete_route", RouteTableId=table.id, DestinationCidrBlock=ANYWHERE)

    assert stack.read(route).id == ""
    stack.delete(gateway)


def test_a_route_needs_one_way_out(stack):
    given = {
        "routeTableId": "rtb-1",
        "destinationCidrBlock": ANYWHERE,
        "gatewayId": "igw-1",
        "natGatewayId": "n",
    }

    assert "exactly one" in stack.refusals(ROUTE, given)["gatewayId"]


def test_a_subnet_follows_a_table_until_somebody_ends_it(stack, subnet, table):
    follows = stack.create(FOLLOWS, {"subnetId": subnet.id, "routeTableId": table.id})

    assert stack.replaces(follows, routeTableId="rtb-2")
    stack.delete(follows)


def test_a_nat_gateway_stands_on_an_address(stack, subnet):
    address = stack.create(ADDRESS, {"domain": "vpc", "tags": {"a": "1"}})
    given = {"subnetId": subnet.id, "allocationId": address.outputs["allocationId"], "tags": {"a": "1"}}
    nat = stack.create(NAT, given)

    assert nat.outputs["publicIp"] == address.outputs["publicIp"]
    stack.update(nat, tags={"b": "2"})
    stack.update(address, tags={"b": "2"})
    stack.delete(nat)
    stack.delete(address)
    assert "needs an Elastic IP" in stack.refusals(NAT, {"subnetId": "s"})["allocationId"]


def test_a_gateway_endpoint_follows_its_route_tables(stack, vpc, table):
    given = {"vpcId": vpc.id, "serviceName": "com.amazonaws.eu-central-1.s3", "tags": {"a": "1"}}
    endpoint = stack.create(ENDPOINT, {**given, "vpcEndpointType": "Gateway", "routeTableIds": [table.id]})

    changed = stack.update(endpoint, routeTableIds=[])
    stack.delete(changed)


def test_an_interface_endpoint_stands_in_its_subnets(stack, vpc, subnet):
    given = {"vpcId": vpc.id, "serviceName": "com.amazonaws.eu-central-1.sqs", "privateDnsEnabled": True}
    endpoint = stack.create(
        ENDPOINT,
        {
            **given,
            "vpcEndpointType": "Interface",
            "subnetIds": [subnet.id],
            "securityGroupIds": [vpc.outputs["defaultSecurityGroupId"]],
        },
    )

    assert stack.replaces(endpoint, serviceName="com.amazonaws.eu-central-1.ssm")
    stack.delete(endpoint)


def test_a_gateway_endpoint_with_subnets_is_refused(stack):
    given = {"vpcId": "v", "serviceName": "s", "vpcEndpointType": "Gateway", "subnetIds": ["subnet-1"]}

    assert set(stack.refusals(ENDPOINT, given)) == {"subnetIds"}


def test_a_flow_log_writes_to_a_bucket(stack, vpc):
    stack.aws.call(
        "s3",
        "create_bucket",
        Bucket="flow-logs",
        CreateBucketConfiguration={"LocationConstraint": "eu-central-1"},
    )
    given = {"vpcId": vpc.id, "trafficType": "ALL", "logDestinationType": "s3"}
    log = stack.create(FLOW_LOG, {**given, "logDestination": "arn:aws:s3:::flow-logs", "tags": {"a": "1"}})

    stack.update(log, tags={"b": "2"})
    stack.delete(log)


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({"trafficType": "SOME", "logDestinationType": "s3", "vpcId": "v"}, "trafficType"),
        ({"logDestinationType": "s3"}, "vpcId"),
        ({"vpcId": "v"}, "iamRoleArn"),
    ],
    ids=["traffic", "nothing watched", "no role"],
)
def test_a_flow_log_that_cannot_be_is_refused(stack, given, wrong):
    assert set(stack.refusals(FLOW_LOG, given)) == {wrong}
