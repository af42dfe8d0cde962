"""What is charged while nothing renders, by the resources of a program."""

from cli.cost import prices
from cli.cost.idle import HOURS, items
from cli.preview.registered import Registered

KNOWN = prices.load()


def resource(kind: str, name: str = "one", **inputs: object) -> Registered:
    return Registered(urn=name, type=kind, name=name, parent="", custom=True, inputs=inputs, outputs={})


def priced(*resources: Registered) -> dict[str, float]:
    return {item.name: item.usd for item in items(resources, {}, KNOWN)}


def test_an_interface_endpoint_costs_in_each_zone_and_a_gateway_endpoint_nothing() -> None:
    kind = "aws:ec2/vpcEndpoint:VpcEndpoint"
    found = priced(
        resource(kind, vpcEndpointType="Interface", subnetIds=["a", "b", "c"]),
        resource(kind, vpcEndpointType="Gateway", routeTableIds=["a", "b"]),
    )
    assert found == {"interface endpoints": 3 * HOURS * KNOWN["interface_endpoint_hour"]}


def test_tasks_cost_by_cpu_and_memory_of_their_definition() -> None:
    found = priced(
        resource("aws:ecs/taskDefinition:TaskDefinition", "api", cpu="512", memory="1024"),
        resource("aws:ecs/service:Service", "api", desiredCount=2.0),
    )
    hour = 0.5 * KNOWN["fargate_vcpu_hour"] + KNOWN["fargate_gb_hour"]
    assert found == {"tasks of api": 2 * hour * HOURS}


def test_three_dashboards_are_free() -> None:
    kind = "aws:cloudwatch/dashboard:Dashboard"
    assert priced(*[resource(kind, str(number)) for number in range(3)]) == {}
    found = priced(*[resource(kind, str(number)) for number in range(5)])
    assert found == {"dashboards": 2 * KNOWN["dashboard_month"]}


def test_the_dearest_comes_first_and_what_is_not_charged_is_left_out() -> None:
    found = items(
        [
            resource("aws:kms/key:Key"),
            resource("aws:ec2/natGateway:NatGateway"),
            resource("aws:ec2/vpc:Vpc"),
        ],
        {},
        KNOWN,
    )
    assert [item.name for item in found] == ["NAT gateways", "keys"]


def test_each_price_says_where_it_comes_from_or_counts_as_unconfirmed() -> None:
    assert all(price.usd > 0 and price.service for price in KNOWN.prices.values())
    assert "fargate_vcpu_hour" not in KNOWN.unconfirmed()
    assert "egress_gb" in KNOWN.unconfirmed()
