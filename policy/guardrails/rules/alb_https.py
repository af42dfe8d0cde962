"""A listener speaks HTTPS; plain HTTP exists only to send callers there."""

from collections.abc import Iterator
from dataclasses import replace

from pulumi_policy import Severity

from guardrails.aws import types
from guardrails.options import Options
from guardrails.resources.resource import Resource
from guardrails.resources.stack import Stack, without_unset
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
            observed="uses HTTP and has no action",
            expected="a redirect to HTTPS",
            argument="default_actions",
        )
    yield from _unsafe(actions, "default_actions")


def joined(stack: Stack, listener: Resource, _options: Options) -> Iterator[Finding]:
    """Each action of a rule that comes before a plain listener's own and is no redirect to HTTPS."""
    if _is_plain(without_unset(listener, "protocol")):
        rules = stack.referring(types.LISTENER_RULES, listener, "listenerArn")
        yield from each(rules, _of_rule)


def _of_rule(rule: Resource) -> Iterator[Finding]:
    for finding in _unsafe(items(rule.props, "actions"), "actions"):
        yield replace(finding, resource=rule)


def _is_plain(listener: Resource) -> bool:
    # HTTP is the default; the listener of a gateway has neither protocol nor port.
    protocol = text(listener.props, "protocol").upper()
    return protocol == PLAIN if protocol else present(listener.props, "port")


def _unsafe(actions: list[Value], argument: str) -> Iterator[Finding]:
    return each(enumerate(actions), lambda action: _serving(f"{argument}[{action[0]}]", action[1]))


def _serving(argument: str, action: Value) -> Iterator[Finding]:
    kind = text(action, "type")
    if kind != "redirect":
        yield Finding(
            observed=f"answers plain HTTP with the action {kind or '?'}",
            expected='a redirect to HTTPS, or a listener with protocol="HTTPS"',
            argument=f"{argument}.type",
        )
    elif text(action, "redirect", "protocol").upper() != "HTTPS":
        yield Finding(
            observed="redirects plain HTTP without changing to HTTPS",
            expected='"HTTPS"',
            argument=f"{argument}.redirect.protocol",
        )


RULE = ResourceRule(
    id="alb-https",
    title="HTTPS only",
    description="A listener and each of its rules must use HTTPS or only redirect to it.",
    why="API keys and presigned links travel through the listener.",
    fix='Set protocol to "HTTPS" with a certificate, or make the only action a redirect to HTTPS.',
    severity=Severity.HIGH,
    references=("ELB.1", "CKV2_AWS_20", "CKV_AWS_2"),
    topics=("security", "encryption", "load-balancing"),
    applies_to=types.LISTENERS,
    findings=findings,
    joined=joined,
    joins=types.LISTENER_RULES,
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
