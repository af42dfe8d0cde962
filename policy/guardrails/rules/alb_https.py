"""A listener speaks HTTPS; plain HTTP exists only to send callers there."""

from collections.abc import Iterator

from pulumi_policy import Severity

from guardrails.aws import types
from guardrails.options import Options
from guardrails.resources.resource import Resource
from guardrails.resources.values import Value, each, items, present, text
from guardrails.rule import Finding, ResourceRule

PLAIN = "HTTP"


def findings(listener: Resource, _options: Options) -> Iterator[Finding]:
    """Each action of a plain listener that is no redirect to HTTPS."""
    if not _is_plain(listener):
        return
    actions = items(listener.props, "defaultActions")
    if not actions:
        yield Finding(
            observed="speaks HTTP and states no action",
            expected="a redirect to HTTPS",
            argument="default_actions",
        )
    yield from each(enumerate(actions), lambda action: _serving(*action))


def _is_plain(listener: Resource) -> bool:
    # HTTP is the default; the listener of a gateway has neither protocol nor port.
    protocol = text(listener.props, "protocol").upper()
    return protocol == PLAIN if protocol else present(listener.props, "port")


def _serving(index: int, action: Value) -> Iterator[Finding]:
    kind = text(action, "type")
    if kind != "redirect":
        yield Finding(
            observed=f"answers plain HTTP with the action {kind or '?'}",
            expected='a redirect to HTTPS, or protocol="HTTPS"',
            argument=f"default_actions[{index}].type",
        )
    elif text(action, "redirect", "protocol").upper() != "HTTPS":
        yield Finding(
            observed="redirects plain HTTP without changing to HTTPS",
            expected='"HTTPS"',
            argument=f"default_actions[{index}].redirect.protocol",
        )


RULE = ResourceRule(
    id="alb-https",
    title="HTTPS only",
    description="A listener must speak HTTPS, or do nothing but redirect to it.",
    why="API keys and presigned links travel through the listener.",
    fix='Set protocol to "HTTPS" with a certificate, or make the only action a redirect to HTTPS.',
    severity=Severity.HIGH,
    references=("ELB.1", "ELB.18", "CKV2_AWS_20", "CKV_AWS_2"),
    topics=("security", "encryption", "load-balancing"),
    applies_to=types.LISTENERS,
    findings=findings,
    compliant=(
        Resource(
            type="aws:lb/listener:Listener",
            name="plain",
            props={
                "protocol": "HTTP",
                "port": 80,
                "defaultActions": [
                    {
                        "type": "redirect",
                        "redirect": {"protocol": "HTTPS", "port": "443", "statusCode": "HTTP_301"},
                    }
                ],
            },
        ),
    ),
    violating=(
        Resource(
            type="aws:lb/listener:Listener",
            name="plain",
            props={
                "protocol": "HTTP",
                "port": 80,
                "defaultActions": [{"type": "forward", "targetGroupArn": "arn:tg"}],
            },
        ),
    ),
)
