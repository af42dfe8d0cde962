"""Listeners negotiate TLS 1.2 or later, with modern ciphers."""

from collections.abc import Iterator
from fnmatch import fnmatchcase

from pulumi_policy import Severity

from guardrails.aws import types
from guardrails.options import Option, Options
from guardrails.resources.resource import Resource
from guardrails.resources.values import Block, all_of, text
from guardrails.rule import Finding, ResourceRule

OPTIONS = (
    Option(
        name="policies",
        default=["ELBSecurityPolicy-TLS13-1-2-*", "ELBSecurityPolicy-TLS13-1-3-*"],
        description="The accepted security policies (globs).",
    ),
    Option(
        name="policy",
        default="ELBSecurityPolicy-TLS13-1-2-2021-06",
        description="The security policy that a remediation sets.",
    ),
)
ENCRYPTED = frozenset({"HTTPS", "TLS"})


def findings(listener: Resource, options: Options) -> Iterator[Finding]:
    """An old policy, or none, which means an old one."""
    if all_of(
        lambda: text(listener.props, "protocol").upper() in ENCRYPTED, lambda: not _modern(listener, options)
    ):
        policy = text(listener.props, "sslPolicy")
        yield Finding(
            observed=f"uses the TLS policy {policy}" if policy else "states no TLS policy",
            expected=" or ".join(options.texts("policies")),
            argument="ssl_policy",
        )


def _modern(listener: Resource, options: Options) -> bool:
    policy = text(listener.props, "sslPolicy")
    return any(fnmatchcase(policy, accepted) for accepted in options.texts("policies"))


def remedy(listener: Resource, options: Options) -> Block | None:
    """The configured policy."""
    return {"sslPolicy": options.value("policy")} if any(findings(listener, options)) else None


RULE = ResourceRule(
    id="alb-tls-policy",
    title="TLS 1.2 or later",
    description="A listener with TLS must use a security policy that allows only TLS 1.2 and 1.3.",
    why="The default policy still accepts TLS 1.0.",
    fix='Set ssl_policy to "ELBSecurityPolicy-TLS13-1-2-2021-06".',
    severity=Severity.HIGH,
    references=("ELB.17", "CKV_AWS_103", "CKV2_AWS_74"),
    topics=("security", "encryption", "load-balancing"),
    applies_to=types.LISTENERS,
    options=OPTIONS,
    findings=findings,
    remedy=remedy,
    compliant=(
        Resource(
            type="aws:lb/listener:Listener",
            name="https",
            props={"protocol": "HTTPS", "sslPolicy": "ELBSecurityPolicy-TLS13-1-2-2021-06"},
        ),
    ),
    violating=(
        Resource(
            type="aws:lb/listener:Listener",
            name="https",
            props={"protocol": "HTTPS", "sslPolicy": "ELBSecurityPolicy-2016-08"},
        ),
    ),
)
