"""Route tables, their routes, and which subnets follow them."""

from local.provider.types.aws import Aws, found
from local.provider.types.checks import exactly_one, required
from local.provider.types.ec2_tags import only_tags, specification
from local.provider.types.props import Props
from local.provider.types.resource import Change, Created, Existing, Outputs, ResourceType, Types, tag_mapping
from local.provider.types.spelling import chosen, seen

DESTINATIONS = ("destinationCidrBlock", "destinationIpv6CidrBlock", "destinationPrefixListId")
WAYS = ("gatewayId", "natGatewayId", "transitGatewayId", "vpcPeeringConnectionId", "networkInterfaceId")


def _create_table(aws: Aws, new: Props) -> Created:
    tags = specification("route-table", new)
    answer = aws.call("ec2", "create_route_table", VpcId=new.text("vpcId"), TagSpecifications=tags)
    return Created(id=answer.block("RouteTable").text("RouteTableId"))


def _table(aws: Aws, identity: str) -> Props:
    return found(aws.call("ec2", "describe_route_tables", RouteTableIds=[identity]), "RouteTables")


def _read_table(aws: Aws, it: Existing) -> Outputs | None:
    table = _table(aws, it.id)
    return {
        "arn": aws.arn("ec2", f"route-table/{it.id}"),
        "vpcId": table.text("VpcId"),
        "ownerId": aws.account,
        "tags": tag_mapping(table.blocks("Tags")),
    }


def _delete_table(aws: Aws, it: Existing) -> None:
    aws.call("ec2", "delete_route_table", RouteTableId=it.id)


def _destination(props: Props) -> str:
    return next(text for key in DESTINATIONS if (text := props.maybe_text(key)))


def _create_route(aws: Aws, new: Props) -> Created:
    table = new.text("routeTableId")
    aws.call("ec2", "create_route", RouteTableId=table, **chosen(new, *DESTINATIONS, *WAYS))
    return Created(id=f"r-{table}-{_destination(new)}")


def _read_route(aws: Aws, it: Existing) -> Outputs | None:
    table = it.state.text("routeTableId")
    wanted = _destination(it.state)
    for route in _table(aws, table).blocks("Routes"):
        properties = seen(route, *DESTINATIONS, *WAYS)
        if wanted in properties.values():
            return {**properties, "routeTableId": table, "state": "active", "origin": "CreateRoute"}
    return None


def _update_route(aws: Aws, _it: Existing, change: Change) -> None:
    given = chosen(change.inputs, "routeTableId", *DESTINATIONS, *WAYS)
    aws.call("ec2", "replace_route", **given)


def _delete_route(aws: Aws, it: Existing) -> None:
    aws.call("ec2", "delete_route", **chosen(it.state, "routeTableId", *DESTINATIONS))


def _create_association(aws: Aws, new: Props) -> Created:
    answer = aws.call("ec2", "associate_route_table", **chosen(new, "routeTableId", "subnetId", "gatewayId"))
    return Created(id=answer.text("AssociationId"))


def _association(aws: Aws, it: Existing) -> tuple[str, Props] | None:
    """The table and association of the subnet: after a change of tables the id is no longer the state's."""
    subnet = it.state.maybe_text("subnetId")
    way = ("association.subnet-id", subnet) if subnet else ("association.route-table-association-id", it.id)
    mine = [{"Name": way[0], "Values": [way[1]]}]
    for table in aws.call("ec2", "describe_route_tables", Filters=mine).blocks("RouteTables"):
        for association in table.blocks("Associations"):
            if way[1] in {
                association.maybe_text("SubnetId"),
                association.maybe_text("RouteTableAssociationId"),
            }:
                return table.text("RouteTableId"), association
    return None


def _read_association(aws: Aws, it: Existing) -> Outputs | None:
    found = _association(aws, it)
    return found and {
        "routeTableId": found[0],
        "subnetId": found[1].maybe_text("SubnetId"),
        "gatewayId": found[1].maybe_text("GatewayId"),
    }


def _update_association(aws: Aws, it: Existing, change: Change) -> None:
    if found := _association(aws, it):
        association, table = found[1].text("RouteTableAssociationId"), change.inputs.text("routeTableId")
        aws.call("ec2", "replace_route_table_association", AssociationId=association, RouteTableId=table)


def _delete_association(aws: Aws, it: Existing) -> None:
    if found := _association(aws, it):
        association = found[1].text("RouteTableAssociationId")
        aws.call("ec2", "disassociate_route_table", AssociationId=association)


TYPES: Types = {
    "aws:ec2/routeTable:RouteTable": ResourceType(
        create=_create_table,
        read=_read_table,
        update=only_tags,
        delete=_delete_table,
        checks=(required("vpcId"),),
    ),
    "aws:ec2/route:Route": ResourceType(
        create=_create_route,
        read=_read_route,
        update=_update_route,
        delete=_delete_route,
        checks=(required("routeTableId"), exactly_one(*DESTINATIONS), exactly_one(*WAYS)),
        taggable=False,
    ),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": ResourceType(
        create=_create_association,
        read=_read_association,
        update=_update_association,
        delete=_delete_association,
        checks=(required("routeTableId"), exactly_one("subnetId", "gatewayId")),
        taggable=False,
    ),
}
