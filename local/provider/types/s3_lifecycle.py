"""The rules by which S3 expires and moves objects: their two spellings and what the API refuses."""

from collections.abc import Iterator

from local.provider.types.props import Props
from local.provider.types.resource import CheckFailure, Outputs
from local.provider.types.spelling import camel, pascal

RENAMED = {"id": "ID"}
STORAGE_CLASSES = (
    "STANDARD_IA",
    "ONEZONE_IA",
    "INTELLIGENT_TIERING",
    "GLACIER_IR",
    "GLACIER",
    "DEEP_ARCHIVE",
)
INFREQUENT = {"STANDARD_IA", "ONEZONE_IA"}
INFREQUENT_AFTER_DAYS = 30  # S3 moves nothing to an infrequent-access class earlier
ACTIONS = (
    "abortIncompleteMultipartUpload",
    "expiration",
    "noncurrentVersionExpiration",
    "noncurrentVersionTransitions",
    "transitions",
)


def lifecycle_as_sent(new: Props) -> dict[str, object]:
    """The parameters of the putting call."""
    rules = [{"filter": {}, **rule} for rule in new.blocks("rules")]
    size = new.maybe_text("transitionDefaultMinimumObjectSize")
    return {
        "LifecycleConfiguration": {"Rules": pascal(rules, RENAMED)},
        "TransitionDefaultMinimumObjectSize": size,
    }


def lifecycle_as_seen(answer: Props) -> Outputs:
    """Our properties from the reading call."""
    return {"rules": camel(answer.items_of("Rules"), RENAMED)}


def _rule_is_whole(inputs: Props) -> Iterator[CheckFailure]:
    for rule in inputs.blocks("rules"):
        name = rule.maybe_text("id") or ""
        if rule.maybe_text("status") not in {"Enabled", "Disabled"}:
            yield CheckFailure(property="rules", reason=f"rule {name!r}: status must be Enabled or Disabled")
        if not any(rule.has(action) for action in ACTIONS):
            yield CheckFailure(
                property="rules", reason=f"rule {name!r} does nothing; give one of {', '.join(ACTIONS)}"
            )
        if len([key for key, value in rule.block("filter").items() if value is not None]) > 1:
            reason = f"rule {name!r}: a filter with more than one condition needs them inside `and`"
            yield CheckFailure(property="rules", reason=reason)


def _moves_to_a_class(inputs: Props) -> Iterator[CheckFailure]:
    for rule in inputs.blocks("rules"):
        for move in (*rule.blocks("transitions"), *rule.blocks("noncurrentVersionTransitions")):
            storage_class = move.maybe_text("storageClass") or ""
            days = move.maybe_number("days")
            if storage_class not in STORAGE_CLASSES:
                allowed = ", ".join(STORAGE_CLASSES)
                reason = f"{storage_class!r} is no storage class to move to; use one of {allowed}"
                yield CheckFailure(property="rules", reason=reason)
            elif days is not None and storage_class in INFREQUENT and days < INFREQUENT_AFTER_DAYS:
                reason = f"{days} days before {storage_class}; at least {INFREQUENT_AFTER_DAYS} are needed"
                yield CheckFailure(property="rules", reason=reason)


LIFECYCLE = (_rule_is_whole, _moves_to_a_class)
