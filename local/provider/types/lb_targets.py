"""Target groups: where a balancer sends requests, and how it finds out what is healthy."""

from collections.abc import Iterator

from local.provider.types.aws import Aws
from local.provider.types.checks import between, one_of
from local.provider.types.lb import arn_suffix, seen_attributes, seen_tags, set_tags, well_named
from local.provider.types.props import Props
from local.provider.types.resource import (
    Change,
    CheckFailure,
    Created,
    Existing,
    Outputs,
    ResourceType,
    Types,
    tag_list,
)

ATTRIBUTES = {
    "deregistrationDelay": "deregistration_delay.timeout_seconds",
    "loadBalancingAlgorithmType": "load_balancing.algorithm.type",
    "loadBalancingCrossZoneEnabled": "load_balancing.cross_zone.enabled",
    "slowStart": "slow_start.duration_seconds",
}
HEALTH = {
    "enabled": "HealthCheckEnabled",
    "interval": "HealthCheckIntervalSeconds",
    "path": "HealthCheckPath",
    "port": "HealthCheckPort",
    "protocol": "HealthCheckProtocol",
    "timeout": "HealthCheckTimeoutSeconds",
    "healthyThreshold": "HealthyThresholdCount",
    "unhealthyThreshold": "UnhealthyThresholdCount",
}
HEALTH_NUMBERS = {
    "interval": (5, 300),
    "timeout": (2, 120),
    "healthyThreshold": (2, 10),
    "unhealthyThreshold": (2, 10),
}
HEALTH_DEFAULTS = {"interval": 30, "timeout": 5}
WEB = {"HTTP", "HTTPS"}
PROTOCOLS = ("HTTP", "HTTPS", "TCP", "TLS", "UDP", "TCP_UDP", "QUIC", "TCP_QUIC", "GENEVE")


def _create(aws: Aws, new: Props) -> Created:
    answer = aws.call(
        "elbv2",
        "create_target_group",
        Name=new.text("name"),
        Port=new.maybe_number("port"),
        Protocol=new.maybe_text("protocol"),
        ProtocolVersion=new.maybe_text("protocolVersion"),
        TargetType=new.text("targetType"),
        VpcId=new.maybe_text("vpcId"),
        IpAddressType=new.maybe_text("ipAddressType"),
        Tags=tag_list(new.mapping("tags")),
        **_health(new),
    )
    arn = answer.blocks("TargetGroups")[0].text("TargetGroupArn")
    _set_attributes(aws, arn, new)
    return Created(id=arn)


def _health(new: Props) -> dict[str, object]:
    block = new.block("healthCheck")
    given: dict[str, object] = {theirs: block.maybe_text(ours) for ours, theirs in HEALTH.items()}
    given |= {HEALTH[ours]: block.maybe_number(ours) for ours in HEALTH_NUMBERS}
    given["HealthCheckEnabled"] = block.maybe_flag("enabled")
    matcher = block.maybe_text("matcher")
    return {**given, "Matcher": {"HttpCode": matcher} if matcher else None}


def _set_attributes(aws: Aws, arn: str, inputs: Props) -> None:
    given = {theirs: inputs.text(ours) for ours, theirs in ATTRIBUTES.items() if inputs.has(ours)}
    stickiness = inputs.block("stickiness")
    if stickiness:
        kind = stickiness.text("type")
        given["stickiness.enabled"] = str(stickiness.flag("enabled", default=True)).lower()
        given["stickiness.type"] = kind
        if stickiness.has("cookieDuration"):
            given[f"stickiness.{kind}.duration_seconds"] = stickiness.text("cookieDuration")
        if stickiness.maybe_text("cookieName"):
            given["stickiness.app_cookie.cookie_name"] = stickiness.text("cookieName")
    if given:
        pairs = [{"Key": key, "Value": value} for key, value in given.items()]
        aws.call("elbv2", "modify_target_group_attributes", TargetGroupArn=arn, Attributes=pairs)


def _read(aws: Aws, it: Existing) -> Outputs | None:
    found = aws.call("elbv2", "describe_target_groups", TargetGroupArns=[it.id]).blocks("TargetGroups")
    if not found:
        return None
    group = found[0]
    attributes = seen_attributes(aws, "describe_target_group_attributes", "TargetGroupArn", it.id)
    return {
        "name": group.text("TargetGroupName"),
        "arn": it.id,
        "arnSuffix": arn_suffix(it.id),
        "port": group.maybe_number("Port"),
        "protocol": group.maybe_text("Protocol"),
        "protocolVersion": group.maybe_text("ProtocolVersion"),
        "targetType": group.text("TargetType"),
        "vpcId": group.maybe_text("VpcId"),
        "ipAddressType": group.maybe_text("IpAddressType"),
        "healthCheck": _seen_health(group),
        **{ours: attributes[theirs] for ours, theirs in ATTRIBUTES.items() if theirs in attributes},
        "stickiness": _seen_stickiness(attributes),
        "tags": seen_tags(aws, it.id),
    }


def _seen_health(group: Props) -> dict[str, object]:
    seen: dict[str, object] = {ours: group.maybe_text(theirs) for ours, theirs in HEALTH.items()}
    seen |= {ours: group.maybe_number(HEALTH[ours]) for ours in HEALTH_NUMBERS}
    return {
        **seen,
        "enabled": group.flag("HealthCheckEnabled"),
        "matcher": group.block("Matcher").maybe_text("HttpCode"),
    }


def _seen_stickiness(attributes: dict[str, str]) -> dict[str, object]:
    kind = attributes.get("stickiness.type", "lb_cookie")
    seen: dict[str, object] = {"enabled": attributes.get("stickiness.enabled") == "true", "type": kind}
    duration = attributes.get(f"stickiness.{kind}.duration_seconds")
    return {**seen, "cookieDuration": int(duration)} if duration else seen


def _update(aws: Aws, it: Existing, change: Change) -> None:
    if change.touches("healthCheck"):
        aws.call("elbv2", "modify_target_group", TargetGroupArn=it.id, **_health(change.inputs))
    if change.touches(*ATTRIBUTES, "stickiness"):
        _set_attributes(aws, it.id, change.inputs)
    if change.touches("tags"):
        set_tags(aws, it, change)


def _delete(aws: Aws, it: Existing) -> None:
    aws.call("elbv2", "delete_target_group", TargetGroupArn=it.id)


def _reachable(inputs: Props) -> Iterator[CheckFailure]:
    if inputs.text("targetType") != "lambda":
        for key in ("port", "protocol", "vpcId"):
            if not inputs.has(key):
                reason = "is required for targets other than Lambda functions"
                yield CheckFailure(property=key, reason=reason)


def _health_is_possible(inputs: Props) -> Iterator[CheckFailure]:
    block = inputs.block("healthCheck")
    for key, (low, high) in HEALTH_NUMBERS.items():
        value = block.maybe_number(key)
        if value is not None and not low <= value <= high:
            reason = f"{value} is out of range; {low} to {high} are allowed"
            yield CheckFailure(property=f"healthCheck.{key}", reason=reason)
    interval = block.maybe_number("interval") or HEALTH_DEFAULTS["interval"]
    timeout = block.maybe_number("timeout") or HEALTH_DEFAULTS["timeout"]
    if timeout >= interval:
        reason = f"{timeout} seconds must be less than the interval of {interval} seconds"
        yield CheckFailure(property="healthCheck.timeout", reason=reason)
    path, protocol = block.maybe_text("path"), block.maybe_text("protocol") or inputs.maybe_text("protocol")
    if path is not None and not path.startswith("/"):
        yield CheckFailure(property="healthCheck.path", reason=f"{path!r} must begin with /")
    if protocol not in WEB and (path or block.has("matcher")):
        reason = f"path and matcher need a check over HTTP or HTTPS, not {protocol}"
        yield CheckFailure(property="healthCheck.path", reason=reason)


TYPES: Types = {
    "aws:lb/targetGroup:TargetGroup": ResourceType(
        create=_create,
        read=_read,
        update=_update,
        delete=_delete,
        checks=(
            well_named,
            one_of("targetType", ("instance", "ip", "lambda", "alb")),
            one_of("protocol", PROTOCOLS),
            one_of("protocolVersion", ("HTTP1", "HTTP2", "GRPC")),
            between("port", 1, 65_535),
            between("deregistrationDelay", 0, 3600),
            _reachable,
            _health_is_possible,
        ),
        autoname="name",
        name_limit=32,
        defaults={"targetType": "instance", "deregistrationDelay": 300, "slowStart": 0},
    ),
}
