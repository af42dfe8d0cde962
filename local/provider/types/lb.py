"""Load balancers."""

import re
from collections.abc import Iterator

from local.provider.types.aws import Aws
from local.provider.types.checks import between, one_of
from local.provider.types.props import Props
from local.provider.types.resource import (
    Change,
    CheckFailure,
    Created,
    Existing,
    Outputs,
    ResourceType,
    Types,
    removed_tags,
    tag_list,
    tag_mapping,
)

ATTRIBUTES = {
    "clientKeepAlive": "client_keep_alive.seconds",
    "desyncMitigationMode": "routing.http.desync_mitigation_mode",
    "dropInvalidHeaderFields": "routing.http.drop_invalid_header_fields.enabled",
    "enableCrossZoneLoadBalancing": "load_balancing.cross_zone.enabled",
    "enableDeletionProtection": "deletion_protection.enabled",
    "enableHttp2": "routing.http2.enabled",
    "enableTlsVersionAndCipherSuiteHeaders": "routing.http.x_amzn_tls_version_and_cipher_suite.enabled",
    "enableWafFailOpen": "waf.fail_open.enabled",
    "enableXffClientPort": "routing.http.xff_client_port.enabled",
    "idleTimeout": "idle_timeout.timeout_seconds",
    "preserveHostHeader": "routing.http.preserve_host_header.enabled",
    "xffHeaderProcessingMode": "routing.http.xff_header_processing.mode",
}
LOGS = {"accessLogs": "access_logs.s3", "connectionLogs": "connection_logs.s3"}
NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?")


def arn_suffix(arn: str) -> str:
    """What CloudWatch calls a balancer (`app/name/id`) or a target group (`targetgroup/name/id`)."""
    return arn.rsplit(":", 1)[1].removeprefix("loadbalancer/")


def set_tags(aws: Aws, it: Existing, change: Change) -> None:
    """Make the tags of anything behind a balancer what the inputs say; its id is its ARN."""
    if gone := removed_tags(it, change):
        aws.call("elbv2", "remove_tags", ResourceArns=[it.id], TagKeys=gone)
    if tags := tag_list(change.inputs.mapping("tags")):
        aws.call("elbv2", "add_tags", ResourceArns=[it.id], Tags=tags)


def seen_tags(aws: Aws, arn: str) -> dict[str, str]:
    """The tags of anything behind a balancer."""
    found = aws.call("elbv2", "describe_tags", ResourceArns=[arn]).blocks("TagDescriptions")
    return tag_mapping(found[0].blocks("Tags")) if found else {}


def seen_attributes(aws: Aws, operation: str, key: str, arn: str) -> dict[str, str]:
    """The attributes that the API keeps as a list of key and value."""
    found = aws.call("elbv2", operation, **{key: arn}).blocks("Attributes")
    return {item.text("Key"): item.maybe_text("Value") or "" for item in found}


def well_named(inputs: Props) -> Iterator[CheckFailure]:
    """The name is one that balancers and target groups may have."""
    name = inputs.maybe_text("name")
    if name is not None and (not NAME.fullmatch(name) or name.startswith("internal-")):
        reason = f"{name!r}: use letters, digits and inner hyphens, and do not begin with internal-"
        yield CheckFailure(property="name", reason=reason)


def _create(aws: Aws, new: Props) -> Created:
    mappings = [{"SubnetId": block.text("subnetId")} for block in new.blocks("subnetMappings")]
    answer = aws.call(
        "elbv2",
        "create_load_balancer",
        Name=new.text("name"),
        Type=new.text("loadBalancerType"),
        Scheme="internal" if new.flag("internal") else "internet-facing",
        Subnets=new.texts("subnets") or None,
        SubnetMappings=mappings or None,
        SecurityGroups=new.texts("securityGroups") or None,
        IpAddressType=new.maybe_text("ipAddressType"),
        Tags=tag_list(new.mapping("tags")),
    )
    arn = answer.blocks("LoadBalancers")[0].text("LoadBalancerArn")
    _set_attributes(aws, arn, new)
    return Created(id=arn)


def _set_attributes(aws: Aws, arn: str, inputs: Props) -> None:
    given = {theirs: inputs.text(ours) for ours, theirs in ATTRIBUTES.items() if inputs.has(ours)}
    for ours, theirs in LOGS.items():
        block = inputs.block(ours)
        if block:
            given[f"{theirs}.enabled"] = str(block.flag("enabled")).lower()
            given[f"{theirs}.bucket"] = block.text("bucket")
            given[f"{theirs}.prefix"] = block.maybe_text("prefix") or ""
    if given:
        pairs = [{"Key": key, "Value": value} for key, value in given.items()]
        aws.call("elbv2", "modify_load_balancer_attributes", LoadBalancerArn=arn, Attributes=pairs)


def _read(aws: Aws, it: Existing) -> Outputs | None:
    found = aws.call("elbv2", "describe_load_balancers", LoadBalancerArns=[it.id]).blocks("LoadBalancers")
    if not found:
        return None
    balancer = found[0]
    attributes = seen_attributes(aws, "describe_load_balancer_attributes", "LoadBalancerArn", it.id)
    return {
        "name": balancer.text("LoadBalancerName"),
        "arn": it.id,
        "arnSuffix": arn_suffix(it.id),
        "dnsName": balancer.text("DNSName"),
        "zoneId": balancer.text("CanonicalHostedZoneId"),
        "vpcId": balancer.text("VpcId"),
        "internal": balancer.text("Scheme") == "internal",
        "loadBalancerType": balancer.text("Type"),
        "ipAddressType": balancer.text("IpAddressType"),
        "subnets": [zone.text("SubnetId") for zone in balancer.blocks("AvailabilityZones")],
        "securityGroups": balancer.texts("SecurityGroups"),
        **{
            ours: _typed(attributes[theirs])
            for ours, theirs in ATTRIBUTES.items()
            if theirs in attributes and it.state.has(ours)
        },
        **{ours: _seen_logs(attributes, theirs) for ours, theirs in LOGS.items() if it.state.has(ours)},
        "tags": seen_tags(aws, it.id),
    }


def _typed(text: str) -> bool | int | str:
    """An attribute in the type that its property has."""
    return {"true": True, "false": False}.get(text, int(text) if text.isdigit() else text)


def _seen_logs(attributes: dict[str, str], theirs: str) -> dict[str, object]:
    if not attributes.get(f"{theirs}.bucket"):
        return {}
    return {
        "bucket": attributes.get(f"{theirs}.bucket", ""),
        "enabled": attributes.get(f"{theirs}.enabled") == "true",
        "prefix": attributes.get(f"{theirs}.prefix", ""),
    }


def _update(aws: Aws, it: Existing, change: Change) -> None:
    new = change.inputs
    if change.touches("securityGroups"):
        groups = new.texts("securityGroups")
        aws.call("elbv2", "set_security_groups", LoadBalancerArn=it.id, SecurityGroups=groups)
    if change.touches("subnets"):
        aws.call("elbv2", "set_subnets", LoadBalancerArn=it.id, Subnets=new.texts("subnets"))
    if change.touches("ipAddressType"):
        kind = new.text("ipAddressType")
        aws.call("elbv2", "set_ip_address_type", LoadBalancerArn=it.id, IpAddressType=kind)
    if change.touches(*ATTRIBUTES, *LOGS):
        removed = {
            ours: {"bucket": "", "enabled": False}
            for ours in LOGS
            if change.touches(ours) and not new.has(ours)
        }
        _set_attributes(aws, it.id, Props({**new, **removed}))
    if change.touches("tags"):
        set_tags(aws, it, change)


def _delete(aws: Aws, it: Existing) -> None:
    aws.call("elbv2", "delete_load_balancer", LoadBalancerArn=it.id)


def _two_zones(inputs: Props) -> Iterator[CheckFailure]:
    subnets = len(inputs.items_of("subnets")) or len(inputs.items_of("subnetMappings"))
    if subnets == 0:
        yield CheckFailure(property="subnets", reason="is required and was not given")
    elif subnets == 1 and inputs.text("loadBalancerType") == "application":
        yield CheckFailure(
            property="subnets", reason="one subnet; an application balancer needs two zones at least"
        )


TYPES: Types = {
    "aws:lb/loadBalancer:LoadBalancer": ResourceType(
        create=_create,
        read=_read,
        update=_update,
        delete=_delete,
        replace_on=frozenset({"name", "namePrefix", "internal", "loadBalancerType", "subnetMappings"}),
        checks=(
            well_named,
            one_of("loadBalancerType", ("application", "network", "gateway")),
            one_of("ipAddressType", ("ipv4", "dualstack", "dualstack-without-public-ipv4")),
            one_of("desyncMitigationMode", ("monitor", "defensive", "strictest")),
            one_of("xffHeaderProcessingMode", ("append", "preserve", "remove")),
            between("idleTimeout", 1, 4000),
            between("clientKeepAlive", 60, 604_800),
            _two_zones,
        ),
        autoname="name",
        name_limit=32,
        defaults={
            "loadBalancerType": "application",
            "enableDeletionProtection": False,
            "idleTimeout": 60,
        },
    ),
}
