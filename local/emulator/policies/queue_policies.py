"""Queue policies: moto forgets a queue's policy whenever another attribute is set."""

from collections.abc import Mapping

from moto.sqs.models import Queue

_set_attributes = Queue._set_attributes


def _set_and_keep_policy(queue: Queue, attributes: Mapping[str, object], now: float | None = None) -> None:
    kept = getattr(queue, "_policy_json", None)
    _set_attributes(queue, attributes, now)
    if "Policy" not in attributes and kept:
        queue._policy_json = kept


def install() -> None:
    """Keep the policy of a queue until a policy is given."""
    Queue._set_attributes = _set_and_keep_policy
