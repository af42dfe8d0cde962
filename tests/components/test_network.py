"""The network. Does not prove that AWS accepts the addresses; test_subnets proves their arithmetic."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from components.naming import Naming
from components.network import Network, NetworkArgs
from components.settings import Settings

Deployed = Callable[[Callable[[], object]], Any]


@pytest.fixture(scope="module")
def build(deployed: Deployed, naming: Naming, prod: Settings) -> Callable[..., Any]:
    def build(**changes: Any) -> Any:
        args = NetworkArgs(
            naming=naming,
            storage=prod.storage,
            settings=replace(prod.network, **{"interface_endpoints": True, **changes}),
            protect=True,
        )
        return deployed(lambda: Network("network", args))

    return build


def test_no_subnet_hands_out_public_addresses(build: Callable[..., Any]) -> None:
    subnets = build().of("aws:ec2/subnet:Subnet")
    assert len(subnets) == 6
    assert not any(subnet.inputs["mapPublicIpOnLaunch"] for subnet in subnets)
    assert sorted(subnet.inputs["tags"]["Tier"] for subnet in subnets) == ["private"] * 3 + ["public"] * 3


@pytest.mark.parametrize(("nat", "gateways"), [("none", 0), ("one", 1), ("per_zone", 3)])
def test_gateways_stand_where_the_setting_says(nat: str, gateways: int, build: Callable[..., Any]) -> None:
    world = build(nat=nat)
    assert len(world.of("aws:ec2/natGateway:NatGateway")) == gateways
    routes = [one for one in world.of("aws:ec2/route:Route") if "natGatewayId" in one.inputs]
    assert len(routes) == (3 if gateways else 0)


def test_each_zone_leaves_through_its_own_gateway(build: Callable[..., Any]) -> None:
    routes = [one for one in build(nat="per_zone").of("aws:ec2/route:Route") if "natGatewayId" in one.inputs]
    assert sorted(route.inputs["natGatewayId"] for route in routes) == [
        "network-nat-a-id",
        "network-nat-b-id",
        "network-nat-c-id",
    ]


def test_storage_is_reached_without_a_gateway_even_where_endpoints_are_not_wanted(
    build: Callable[..., Any],
) -> None:
    endpoints = build(interface_endpoints=False).of("aws:ec2/vpcEndpoint:VpcEndpoint")
    assert sorted(one.inputs["serviceName"] for one in endpoints) == [
        "com.amazonaws.eu-central-1.dynamodb",
        "com.amazonaws.eu-central-1.s3",
    ]
    assert {one.inputs["vpcEndpointType"] for one in endpoints} == {"Gateway"}


def test_interface_endpoints_answer_only_inside_the_network(build: Callable[..., Any]) -> None:
    world = build()
    rule = world.one("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "network-endpoints")
    assert (rule.inputs["cidrIpv4"], rule.inputs["fromPort"]) == ("10.10.0.0/16", 443)
    private = [one for one in world.of("aws:ec2/vpcEndpoint:VpcEndpoint") if "subnetIds" in one.inputs]
    services = {one.inputs["serviceName"].removeprefix("com.amazonaws.eu-central-1.") for one in private}
    # Without these three an instance cannot register with Systems Manager.
    assert {"ssm", "ssmmessages", "ec2messages"} <= services


def test_the_default_security_group_allows_nothing(build: Callable[..., Any]) -> None:
    (group,) = build().of("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup")
    assert not group.inputs.get("ingress")
    assert not group.inputs.get("egress")


def test_flow_logs_are_kept_where_they_are_wanted(build: Callable[..., Any]) -> None:
    (log,) = build().of("aws:ec2/flowLog:FlowLog")
    assert log.inputs["logDestination"] == "arn:aws:test:::network-flow-logs"
    assert build(flow_logs=False).of("aws:ec2/flowLog:FlowLog") == []


def test_only_flow_logs_of_this_account_lie_in_their_bucket(build: Callable[..., Any]) -> None:
    (bucket,) = build().of("aws:s3/bucket:Bucket")
    assert bucket.inputs["bucket"] == "clip-it-prod-flow-logs-444455556666-eu-central-1"
    policy = json.loads(build().one("aws:s3/bucketPolicy:BucketPolicy", "network-flow-logs").inputs["policy"])
    allowed = [one for one in policy["Statement"] if one["Effect"] == "Allow"]
    assert {one["Principal"]["Service"] for one in allowed} == {"delivery.logs.amazonaws.com"}
    assert all(one["Condition"] == {"StringEquals": {"aws:SourceAccount": "444455556666"}} for one in allowed)


def test_another_range_is_refused_where_the_stack_is_protected(build: Callable[..., Any]) -> None:
    (vpc,) = build().of("aws:ec2/vpc:Vpc")
    assert vpc.protect
