"""Queues and the queues behind them."""

from __future__ import annotations

from guardrails.aws import types
from guardrails.resources.documents import parsed
from guardrails.resources.resource import Resource
from guardrails.resources.secrecy.names import words
from guardrails.resources.stack import Stack, refers, unset
from guardrails.resources.values import Block, Step, any_of, at, text, unknown

# Where other resources name the queue that takes what they could not deliver.
FAILURE_PLACES: tuple[tuple[frozenset[str], tuple[Step, ...]], ...] = (
    (types.FUNCTIONS, ("deadLetterConfig", "targetArn")),
    (types.INVOKE_CONFIGS, ("destinationConfig", "onFailure", "destination")),
    (types.EVENT_SOURCES, ("destinationConfig", "onFailure", "destinationArn")),
    (types.SCHEDULES, ("target", "deadLetterConfig", "arn")),
    (types.EVENT_TARGETS, ("deadLetterConfig", "arn")),
    *(
        (types.PIPES, ("sourceParameters", stream, "deadLetterConfig", "arn"))
        for stream in ("dynamodbStreamParameters", "kinesisStreamParameters")
    ),
)
REDRIVERS = types.QUEUES | types.REDRIVE_POLICIES | types.SUBSCRIPTIONS
LINKED = REDRIVERS | types.REDRIVE_ALLOW_POLICIES | frozenset().union(*(kinds for kinds, _ in FAILURE_PLACES))


def redrive(resource: Resource) -> Block | None:
    """What a redrive policy says, None when there is none; raises when its text is unknown."""
    if unset(resource, "redrivePolicy"):
        return None
    stated = parsed(resource.props, "redrivePolicy")
    return stated if isinstance(stated, dict) and stated else None


def redrives_to(source: Resource, target: Resource) -> bool:
    """Whether a redrive policy names the target, by its text or by the recorded dependency."""
    if target.urn and target.urn in source.links.get("redrivePolicy", ()):
        return source.urn != target.urn
    if unset(source, "redrivePolicy") or unknown(source.props, "redrivePolicy"):
        return False
    stated = redrive(source) or {}
    arn = Resource(type=source.type, name=source.name, props={"arn": stated.get("deadLetterTargetArn")})
    return refers(arn, target, "arn")


def is_dead_letter(stack: Stack, queue: Resource) -> bool:
    """Whether others leave in this queue what they could not handle, or it is named for that."""
    if named_dead_letter(queue) or _allows_redrive(stack, queue):
        return True
    if any_of(stack.of(REDRIVERS), lambda source: redrives_to(source, queue)):
        return True
    return any_of(FAILURE_PLACES, lambda place: bool(_pointing(stack, queue, *place)))


def _pointing(stack: Stack, queue: Resource, kinds: frozenset[str], path: tuple[Step, ...]) -> list[Resource]:
    stated = [source for source in stack.of(kinds) if not unset(source, str(path[0]))]
    return Stack(stated).referring(kinds, queue, *path)


def named_dead_letter(queue: Resource) -> bool:
    """Whether its logical or physical name says so."""
    names = [queue.name, "" if unknown(queue.props, "name") else text(queue.props, "name")]
    return any("dlq" in found or "deadletter" in "".join(found) for found in map(words, names))


def _allows_redrive(stack: Stack, queue: Resource) -> bool:
    allowing = stack.referring(types.REDRIVE_ALLOW_POLICIES, queue, "queueUrl")
    if not unset(queue, "redriveAllowPolicy"):
        allowing.append(queue)
    return any(not _denies_all(each) for each in allowing)


def _denies_all(holder: Resource) -> bool:
    if unknown(holder.props, "redriveAllowPolicy"):
        return False
    return text(parsed(holder.props, "redriveAllowPolicy"), "redrivePermission") in {"", "denyAll"}


def retention(queue: Resource) -> float:
    """How long a queue keeps messages, four days when it does not say."""
    seconds = at(queue.props, "messageRetentionSeconds")
    return float(seconds) if isinstance(seconds, int | float) else 345_600.0
