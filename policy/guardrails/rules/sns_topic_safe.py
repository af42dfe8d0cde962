"""What is announced is encrypted, and only we announce it."""

from collections.abc import Iterator

from pulumi_policy import Severity

from guardrails.aws import types
from guardrails.options import Option, Options
from guardrails.resources.documents import statements_at
from guardrails.resources.resource import Resource
from guardrails.resources.values import Block, in_turn, present
from guardrails.rule import Finding, ResourceRule

OPTIONS = (Option(name="key", default="alias/aws/sns", description="The key that a remediation sets."),)


def findings(holder: Resource, _options: Options) -> Iterator[Finding]:
    """A topic without encryption, or a policy for everybody."""
    yield from in_turn(_plain(holder), _public(holder))


def _plain(topic: Resource) -> Iterator[Finding]:
    if topic.type in types.TOPICS and not present(topic.props, "kmsMasterKeyId"):
        yield Finding(observed="is not encrypted", expected="a KMS key", argument="kms_master_key_id")


def _public(holder: Resource) -> Iterator[Finding]:
    found = statements_at(holder.props, "policy") or []
    if any(each_one.allows and each_one.to_anybody and not each_one.restricted for each_one in found):
        yield Finding(
            observed="has a policy that lets everybody in",
            expected="named principals, or a condition on who calls",
            argument="policy",
        )


def remedy(topic: Resource, options: Options) -> Block | None:
    """The configured key; policies are left to people."""
    return {"kmsMasterKeyId": options.value("key")} if any(_plain(topic)) else None


RULE = ResourceRule(
    id="sns-topic-safe",
    title="Safe topics",
    description="A topic must be encrypted and its policy must not be public.",
    why=(
        "Who may publish to the alarm topic can wake people at will; who may subscribe learns of every "
        "outage."
    ),
    fix="Set kms_master_key_id and name principals in the topic's policy.",
    severity=Severity.MEDIUM,
    references=("SNS.1", "SNS.4", "CKV_AWS_26", "CKV_AWS_169"),
    topics=("security", "encryption", "observability"),
    applies_to=types.TOPICS | types.TOPIC_POLICIES,
    options=OPTIONS,
    findings=findings,
    remedy=remedy,
    compliant=(
        Resource(type="aws:sns/topic:Topic", name="alarms", props={"kmsMasterKeyId": "alias/clip-it"}),
    ),
    violating=(Resource(type="aws:sns/topic:Topic", name="alarms"),),
)
