"""The VPC's doors to AWS services, and the record of what passes."""

from collections.abc import Iterator

from local.provider.types.aws import Aws, RefusedError
from local.provider.types.checks import json_text, one_of, required
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
from local.provider.types.spelling import chosen, seen

MEMBERS = {"routeTableIds": "RouteTable", "subnetIds": "Subnet", "securityGroupIds": "SecurityGroup"}
PLAIN = ("vpcId", "serviceName", "vpcEndpointType", "privateDnsEnabled", "routeTableIds", "subnetIds")
DESTINATIONS = ("cloud-watch-logs", "s3", "kinesis-data-firehose")
WATCHED = {"vpcId": "VPC", "subnetId": "Subnet", "eniId": "NetworkInterface"}


def _create_endpoint(aws: Aws, new: Props) -> Created:
    answer = aws.call(
        "ec2",
        "create_vpc_endpoint",
        **chosen(new, *PLAIN, "securityGroupIds"),
        PolicyDocument=new.maybe_text("policy"),
        TagSpecifications=specification("vpc-endpoint", new),
    )
    return Created(id=answer.block("VpcEndpoint").text("VpcEndpointId"))


def _read_endpoint(aws: Aws, it: Existing) -> Outputs | None:
    found = aws.call("ec2", "describe_vpc_endpoints", VpcEndpointIds=[it.id]).blocks("VpcEndpoints")
    if not found or found[0].maybe_text("State") == "deleted":
        return None
    endpoint = found[0]
    groups = [group.text("GroupId") for group in endpoint.blocks("Groups")]
    names = [{"dnsName": entry.maybe_text("DnsName")} for entry in endpoint.blocks("DnsEntries")]
    return {
        **seen(endpoint, *PLAIN),
        # moto keeps the groups of an endpoint under another name than the API's, and shows none
        **({"securityGroupIds": groups} if groups else {}),
        "arn": aws.arn("ec2", f"vpc-endpoint/{it.id}"),
        "state": (endpoint.maybe_text("State") or "available").lower(),
        "networkInterfaceIds": endpoint.texts("NetworkInterfaceIds"),
        "dnsEntries": names,
        "ownerId": aws.account,
        "tags": tag_mapping(endpoint.blocks("Tags")),
    }


def _update_endpoint(aws: Aws, it: Existing, change: Change) -> None:
    parameters: dict[str, object] = {}
    for key, member in MEMBERS.items():
        if change.touches(key):
            before, now = set(it.state.texts(key)), set(change.inputs.texts(key))
            parameters[f"Add{member}Ids"] = sorted(now - before) or None
            parameters[f"Remove{member}Ids"] = sorted(before - now) or None
    if change.touches("policy"):
        parameters["PolicyDocument"] = change.inputs.maybe_text("policy")
    if change.touches("privateDnsEnabled"):
        parameters["PrivateDnsEnabled"] = change.inputs.flag("privateDnsEnabled")
    if parameters:
        aws.call("ec2", "modify_vpc_endpoint", VpcEndpointId=it.id, **parameters)
    retag(aws, it, change)


def _delete_endpoint(aws: Aws, it: Existing) -> None:
    aws.call("ec2", "delete_vpc_endpoints", VpcEndpointIds=[it.id])


def _create_flow_log(aws: Aws, new: Props) -> Created:
    watched = next(key for key in WATCHED if new.has(key))
    answer = aws.call(
        "ec2",
        "create_flow_logs",
        ResourceIds=[new.text(watched)],
        ResourceType=WATCHED[watched],
        **chosen(
            new, "trafficType", "logDestinationType", "logDestination", "logFormat", "maxAggregationInterval"
        ),
        DeliverLogsPermissionArn=new.maybe_text("iamRoleArn"),
        TagSpecifications=specification("vpc-flow-log", new),
    )
    for failure in answer.blocks("Unsuccessful"):
        error = failure.block("Error")
        raise RefusedError("ec2:create_flow_logs", error.text("Code"), error.text("Message"))
    return Created(id=answer.texts("FlowLogIds")[0])


def _read_flow_log(aws: Aws, it: Existing) -> Outputs | None:
    found = aws.call("ec2", "describe_flow_logs", FlowLogIds=[it.id]).blocks("FlowLogs")
    if not found:
        return None
    log = found[0]
    watched = next(key for key in WATCHED if it.state.has(key)) if it.state.has("trafficType") else "vpcId"
    return {
        **seen(log, "trafficType", "logDestinationType", "logDestination", "maxAggregationInterval"),
        watched: log.text("ResourceId"),
        "arn": aws.arn("ec2", f"vpc-flow-log/{it.id}"),
        "tags": tag_mapping(log.blocks("Tags")),
    }


def _delete_flow_log(aws: Aws, it: Existing) -> None:
    aws.call("ec2", "delete_flow_logs", FlowLogIds=[it.id])


def _members_fit_the_kind(inputs: Props) -> Iterator[CheckFailure]:
    kind = inputs.maybe_text("vpcEndpointType") or "Gateway"
    wrong = ("subnetIds", "securityGroupIds") if kind == "Gateway" else ("routeTableIds",)
    for key in wrong:
        if inputs.has(key):
            yield CheckFailure(property=key, reason=f"a {kind} endpoint has none; remove it")


def _watches_one_thing(inputs: Props) -> Iterator[CheckFailure]:
    if sum(inputs.has(key) for key in WATCHED) != 1:
        yield CheckFailure(property="vpcId", reason=f"give exactly one of {', '.join(WATCHED)}")
    kind = inputs.maybe_text("logDestinationType") or "cloud-watch-logs"
    if kind == "cloud-watch-logs" and not inputs.has("iamRoleArn"):
        yield CheckFailure(property="iamRoleArn", reason="is needed to write to CloudWatch Logs")


TYPES: Types = {
    "aws:ec2/vpcEndpoint:VpcEndpoint": ResourceType(
        create=_create_endpoint,
        read=_read_endpoint,
        update=_update_endpoint,
        delete=_delete_endpoint,
        checks=(
            required("vpcId", "serviceName"),
            one_of(
                "vpcEndpointType",
                ("Gateway", "Interface", "GatewayLoadBalancer", "Resource", "ServiceNetwork"),
            ),
            json_text("policy"),
            _members_fit_the_kind,
        ),
        defaults={"vpcEndpointType": "Gateway"},
    ),
    "aws:ec2/flowLog:FlowLog": ResourceType(
        create=_create_flow_log,
        read=_read_flow_log,
        update=only_tags,
        delete=_delete_flow_log,
        checks=(
            one_of("logDestinationType", DESTINATIONS),
            one_of("trafficType", ("ACCEPT", "REJECT", "ALL")),
            one_of("maxAggregationInterval", (60, 600)),
            _watches_one_thing,
        ),
    ),
}
