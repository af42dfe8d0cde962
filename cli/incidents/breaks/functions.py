"""Breaks functions: their schedule, their concurrency, their settings."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime

from cli.demo.webhook_receiver import Receiver
from cli.incidents.cloud import FLEET, Cloud

SCALER, SWEEPER, NOTIFIER = f"{FLEET}-scaler", "sweeper", "notifier"
FUNCTIONS = (SCALER, SWEEPER, NOTIFIER)
_BATCH = "DDBStreamBatchInfo"
"""In the letter of a batch of a stream."""


@contextmanager
def nobody_calls_the_sweeper(cloud: Cloud) -> Iterator[None]:
    """Somebody disables the schedule of the sweeper."""
    scheduler, name = cloud.connection.scheduler(), cloud.name(SWEEPER)
    shown = scheduler.get_schedule(Name=name)
    scheduler.update_schedule(
        Name=name,
        ScheduleExpression=shown["ScheduleExpression"],
        FlexibleTimeWindow=shown["FlexibleTimeWindow"],
        Target=shown["Target"],
        State="DISABLED",
    )
    yield
    cloud.deploy()


@contextmanager
def the_scaler_may_not_run(cloud: Cloud) -> Iterator[None]:
    """Somebody takes the scaler's concurrency away: every call is throttled."""
    cloud.connection.functions().put_function_concurrency(
        FunctionName=cloud.name(SCALER), ReservedConcurrentExecutions=0
    )
    yield
    cloud.follow("FunctionSilent", "aws lambda put-function-concurrency")


@contextmanager
def every_function_lacks_a_setting(cloud: Cloud) -> Iterator[None]:
    """A deployment takes a variable out of the environment of all functions, and then two renders end.

    The first one's change is given up at last; by the second one's the notifier fails on.
    """
    since = datetime.now(UTC)
    # The notifier first: it is started again no later than those whose failures are waited for.
    for function in (NOTIFIER, SCALER, SWEEPER):
        _set_variables(cloud, function, _without_table(_variables(cloud, function)))
    cloud.until("the functions fail", lambda: _fails(cloud, SCALER, since) and _fails(cloud, SWEEPER, since))
    with Receiver() as receiver, cloud.customer() as client:
        client.renders.cancel(cloud.submit(webhook_url=receiver.url))
        cloud.until("the notifier fails", lambda: _fails(cloud, NOTIFIER, since))
        client.renders.cancel(cloud.submit(webhook_url=receiver.url))
        yield
        cloud.deploy()
        cloud.until("the webhooks are delivered", lambda: len(receiver.deliveries) > 1)
    for function in FUNCTIONS:
        cloud.open_shell(function)
        cloud.follow("FunctionDeadLetters", "aws sqs purge-queue")


def letters_of(function: str) -> Callable[[Cloud], bool]:
    """Whether a function has given an event up."""
    return lambda cloud: cloud.letters(f"{function}-dead-letters") > 0


@contextmanager
def the_scaler_lost_a_record(cloud: Cloud) -> Iterator[None]:
    """The scaler fails while a render arrives, gives the stream's record up, and works again."""
    given = _variables(cloud, SCALER)
    _set_variables(cloud, SCALER, _without_table(given))
    cloud.submit()
    cloud.until("the scaler gives a record up", lambda: _has_lost_a_record(cloud))
    _set_variables(cloud, SCALER, given)
    yield
    cloud.follow("FunctionDeadLetters", "aws sqs purge-queue")


def _has_lost_a_record(cloud: Cloud) -> bool:
    """Whether a batch of the stream is among the letters; scheduled invocations leave some, too."""
    sqs = cloud.connection.sqs()
    url = sqs.get_queue_url(QueueName=cloud.name(f"{SCALER}-dead-letters"))["QueueUrl"]
    shown = sqs.receive_message(QueueUrl=url, VisibilityTimeout=0, MaxNumberOfMessages=10)
    return any(_BATCH in one["Body"] for one in shown.get("Messages", []))


def _fails(cloud: Cloud, function: str, since: datetime) -> bool:
    errors = cloud.measured("AWS/Lambda", "Errors", since, FunctionName=cloud.name(function))
    return max(errors, default=0) > 0


def _without_table(variables: Mapping[str, str]) -> Mapping[str, str]:
    return {key: value for key, value in variables.items() if key != "CLIPIT_TABLE"}


def _variables(cloud: Cloud, function: str) -> Mapping[str, str]:
    shown = cloud.connection.functions().get_function_configuration(FunctionName=cloud.name(function))
    return shown["Environment"]["Variables"]


def _set_variables(cloud: Cloud, function: str, variables: Mapping[str, str]) -> None:
    cloud.connection.functions().update_function_configuration(
        FunctionName=cloud.name(function), Environment={"Variables": variables}
    )
