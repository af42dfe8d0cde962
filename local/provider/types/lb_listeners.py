"""Listeners: what a balancer does with a request."""

from collections.abc import Iterator, Mapping

from local.provider.types.aws import Aws
from local.provider.types.checks import between, one_of, required
from local.provider.types.lb import seen_tags, set_tags
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
from local.provider.types.spelling import camel, pascal

RENAMED = {
    "fixedResponse": "FixedResponseConfig",
    "forward": "ForwardConfig",
    "redirect": "RedirectConfig",
    "authenticateCognito": "AuthenticateCognitoConfig",
    "authenticateOidc": "AuthenticateOidcConfig",
    "arn": "TargetGroupArn",
    "duration": "DurationSeconds",
    "stickiness": "TargetGroupStickinessConfig",
}
SECURE = {"HTTPS", "TLS"}
PROTOCOLS = ("HTTP", "HTTPS", "TCP", "TLS", "UDP", "TCP_UDP", "QUIC", "TCP_QUIC", "GENEVE")
NEEDS = {"redirect": "redirect", "fixed-response": "fixedResponse"}
KINDS = (
    "forward",
    "redirect",
    "fixed-response",
    "authenticate-cognito",
    "authenticate-oidc",
    "jwt-validation",
)
DEFAULT_POLICY = "ELBSecurityPolicy-2016-08"


def actions_sent(blocks: list[Props]) -> list[dict[str, object]]:
    """Actions as the API takes them; a target group of its own and one inside `forward` are both allowed."""
    sent = []
    for block in blocks:
        group = block.maybe_text("targetGroupArn")
        rest = pascal({key: value for key, value in block.items() if key != "targetGroupArn"}, RENAMED)
        action = dict(rest) if isinstance(rest, Mapping) else {}
        sent.append({**action, "TargetGroupArn": group} if group else action)
    return sent


def actions_seen(blocks: list[Props]) -> list[dict[str, object]]:
    """Actions as Pulumi has them."""
    seen: list[dict[str, object]] = []
    for block in blocks:
        group = block.maybe_text("TargetGroupArn")
        rest = camel({key: value for key, value in block.items() if key != "TargetGroupArn"}, RENAMED)
        action = rest if isinstance(rest, dict) else {}
        seen.append({**action, "targetGroupArn": group} if group else action)
    return seen


def _create(aws: Aws, new: Props) -> Created:
    answer = aws.call(
        "elbv2",
        "create_listener",
        LoadBalancerArn=new.text("loadBalancerArn"),
        Tags=tag_list(new.mapping("tags")),
        **_settings(new),
    )
    return Created(id=answer.blocks("Listeners")[0].text("ListenerArn"))


def _settings(new: Props) -> dict[str, object]:
    secure = new.maybe_text("protocol") in SECURE
    policy = new.maybe_text("sslPolicy") or DEFAULT_POLICY
    return {
        "Port": new.maybe_number("port"),
        "Protocol": new.maybe_text("protocol"),
        "SslPolicy": policy if secure else None,
        "Certificates": [{"CertificateArn": new.text("certificateArn")}] if secure else None,
        "DefaultActions": actions_sent(new.blocks("defaultActions")),
    }


def _read(aws: Aws, it: Existing) -> Outputs | None:
    found = aws.call("elbv2", "describe_listeners", ListenerArns=[it.id]).blocks("Listeners")
    if not found:
        return None
    listener = found[0]
    secure = listener.maybe_text("Protocol") in SECURE
    certificates = listener.blocks("Certificates")
    return {
        "arn": it.id,
        "loadBalancerArn": listener.text("LoadBalancerArn"),
        "port": listener.number("Port"),
        "protocol": listener.text("Protocol"),
        "sslPolicy": listener.maybe_text("SslPolicy") if secure else "",
        "certificateArn": certificates[0].text("CertificateArn") if certificates else None,
        "defaultActions": actions_seen(listener.blocks("DefaultActions")),
        "tags": seen_tags(aws, it.id),
    }


def _update(aws: Aws, it: Existing, change: Change) -> None:
    if change.keys - {"tags"}:
        aws.call("elbv2", "modify_listener", ListenerArn=it.id, **_settings(change.inputs))
    if change.touches("tags"):
        set_tags(aws, it, change)


def _delete(aws: Aws, it: Existing) -> None:
    aws.call("elbv2", "delete_listener", ListenerArn=it.id)


def _certified(inputs: Props) -> Iterator[CheckFailure]:
    secure = inputs.maybe_text("protocol") in SECURE
    if secure and not inputs.has("certificateArn"):
        yield CheckFailure(property="certificateArn", reason="is required for HTTPS and TLS")
    if not secure and inputs.has("certificateArn"):
        reason = f"is not allowed with {inputs.maybe_text('protocol')}; use HTTPS or TLS"
        yield CheckFailure(property="certificateArn", reason=reason)


def actions_are_whole(inputs: Props) -> Iterator[CheckFailure]:
    """Every action has what its kind needs."""
    for key in ("defaultActions", "actions"):
        for block in inputs.blocks(key):
            kind = block.maybe_text("type") or ""
            if kind not in KINDS:
                yield CheckFailure(
                    property=key, reason=f"type {kind!r} is not allowed; use one of {', '.join(KINDS)}"
                )
            if kind == "forward" and not (block.has("targetGroupArn") or block.has("forward")):
                yield CheckFailure(property=key, reason="forward needs a targetGroupArn")
            if kind in NEEDS and not block.has(NEEDS[kind]):
                yield CheckFailure(property=key, reason=f"{kind} needs the block {NEEDS[kind]}")


TYPES: Types = {
    "aws:lb/listener:Listener": ResourceType(
        create=_create,
        read=_read,
        update=_update,
        delete=_delete,
        checks=(
            required("loadBalancerArn", "defaultActions"),
            one_of("protocol", PROTOCOLS),
            between("port", 1, 65_535),
            _certified,
            actions_are_whole,
        ),
    ),
}
