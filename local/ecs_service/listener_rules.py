"""What a load balancer answers itself: the fixed responses of its listeners' rules.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from mypy_boto3_elbv2 import ElasticLoadBalancingv2Client


@dataclass(frozen=True, kw_only=True)
class FixedAnswer:
    """The answer to every request whose path fits a pattern."""

    patterns: tuple[str, ...]
    status: int
    content_type: str
    body: bytes


def answer_to(target: str, answers: Sequence[FixedAnswer]) -> FixedAnswer | None:
    """The first answer whose pattern fits the path of a request's target, which is normalized before."""
    path = unquote(urlsplit(target).path)
    return next((one for one in answers if any(fnmatchcase(path, pattern) for pattern in one.patterns)), None)


def fixed_answers(elbv2: "ElasticLoadBalancingv2Client", balancer: str) -> tuple[FixedAnswer, ...]:
    """The fixed responses by path of a balancer's HTTPS listeners, in the order of their priorities.

    A balancer that is being taken down has none.
    """
    listeners = elbv2.describe_listeners(LoadBalancerArn=balancer)["Listeners"]
    return tuple(
        answer
        for listener in listeners
        if listener["Protocol"] == "HTTPS"
        for answer in _of_listener(elbv2, listener["ListenerArn"])
    )


def _of_listener(elbv2: "ElasticLoadBalancingv2Client", listener: str) -> Iterator[FixedAnswer]:
    rules = [one for one in elbv2.describe_rules(ListenerArn=listener)["Rules"] if not one["IsDefault"]]
    for rule in sorted(rules, key=lambda one: int(one["Priority"])):
        patterns = [
            value
            for condition in rule["Conditions"]
            for value in condition.get("PathPatternConfig", {}).get("Values", [])
        ]
        for action in rule["Actions"]:
            if fixed := action.get("FixedResponseConfig"):
                yield FixedAnswer(
                    patterns=tuple(patterns),
                    status=int(fixed["StatusCode"]),
                    content_type=fixed.get("ContentType", "text/plain"),
                    body=fixed.get("MessageBody", "").encode(),
                )
