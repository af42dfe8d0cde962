"""Event rules send to topics: moto delivers events to queues and logs alone.

What cannot be delivered is counted, by rule:
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html
"""

import json
import time
from typing import Any

from jsonpath_ng.ext.parser import parse
from moto.core.utils import iso_8601_datetime_without_milliseconds, utcfromtimestamp
from moto.events.models import Rule, events_backends
from moto.sns.models import sns_backends

from local.emulator.cloudwatch.series import Metric, Sample, store_of

FAILED = "FailedInvocations"
_send_to_targets = Rule.send_to_targets


def _with_topics(rule: Any, original_event: dict[str, Any], *given: Any, **named: Any) -> None:
    """Send to the rule's topics here, and leave its other targets to moto."""
    topics = [target for target in rule.targets if ":sns:" in target["Arn"]]
    if topics and rule.event_pattern.matches_event(original_event):
        # AWS gives the time as text, moto as a number.
        at = iso_8601_datetime_without_milliseconds(utcfromtimestamp(original_event["time"]))
        for target in topics:
            _publish(rule, target, {**original_event, "time": at})
    others = [target for target in rule.targets if target not in topics]
    rule.targets, kept = others, rule.targets
    try:
        _send_to_targets(rule, original_event, *given, **named)
    finally:
        rule.targets = kept


def _publish(rule: Any, target: dict[str, Any], event: dict[str, Any]) -> None:
    transformer = target.get("InputTransformer")
    message = _transformed(transformer, event) if transformer else event
    sns = sns_backends[rule.account_id][rule.region_name]
    topic = sns.topics.get(target["Arn"])
    if topic is None or not _admits(json.loads(topic.policy)):
        of = Metric(namespace="AWS/Events", name=FAILED, dimensions=frozenset({("RuleName", rule.name)}))
        store_of(rule.account_id, rule.region_name).put(of, Sample.of(time.time(), 1))
        return
    sns.publish(message=json.dumps(message), arn=target["Arn"], subject=None)


def _admits(policy: dict[str, Any]) -> bool:
    """Whether a topic's policy lets EventBridge publish; conditions are taken to hold."""
    allowed = [one["Principal"] for one in policy.get("Statement", []) if one["Effect"] == "Allow"]
    services = [one.get("Service", one.get("AWS")) if isinstance(one, dict) else one for one in allowed]
    return any(given == "*" or "events.amazonaws.com" in given for given in services if given)


def _transformed(transformer: dict[str, Any], event: dict[str, Any]) -> dict[str, Any]:
    """The template with its variables filled in; EventBridge quotes a text that stands without quotes."""
    template: str = transformer["InputTemplate"]
    for name, path in transformer.get("InputPathsMap", {}).items():
        (value,) = [found.value for found in parse(path).find(event)] or [""]
        template = template.replace(f"<{name}>", json.dumps(value))
    filled: dict[str, Any] = json.loads(template)
    return filled


def publish(account: str, region: str, event: dict[str, Any]) -> None:
    """Let the default bus hear of an event, in the shape of `PutEvents`, as a service of AWS would."""
    events_backends[account][region].put_events([event])


def install() -> None:
    """Register the delivery."""
    Rule.send_to_targets = _with_topics
