"""Breaks functions: their schedule, their concurrency, their settings."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from cli.incidents.cloud import FLEET, Cloud

_SCALER = (FLEET, "scaler")


@contextmanager
def nobody_calls_the_sweeper(cloud: Cloud) -> Iterator[None]:
    """Somebody disables the schedule of the sweeper."""
    scheduler, name = cloud.connection.scheduler(), cloud.name("sweeper")
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
        FunctionName=cloud.name(*_SCALER), ReservedConcurrentExecutions=0
    )
    yield
    cloud.follow("FunctionSilent", "aws lambda put-function-concurrency")


@contextmanager
def the_scaler_lacks_a_setting(cloud: Cloud) -> Iterator[None]:
    """A deployment takes a variable out of the scaler's environment."""
    given = _variables(cloud)
    _set_variables(cloud, {key: value for key, value in given.items() if key != "CLIPIT_TABLE"})
    yield
    cloud.deploy()


@contextmanager
def the_scaler_lost_a_record(cloud: Cloud) -> Iterator[None]:
    """The scaler fails while a render arrives, gives the stream's record up, and works again."""
    given = _variables(cloud)
    _set_variables(cloud, {key: value for key, value in given.items() if key != "CLIPIT_TABLE"})
    cloud.submit()
    letters = f"{FLEET}-scaler-dead-letters"
    cloud.until("the scaler gives a record up", lambda: cloud.letters(letters) > 0)
    _set_variables(cloud, given)
    yield
    cloud.follow("FunctionDeadLetters", "aws sqs purge-queue")


def _variables(cloud: Cloud) -> Mapping[str, str]:
    shown = cloud.connection.functions().get_function_configuration(FunctionName=cloud.name(*_SCALER))
    return shown["Environment"]["Variables"]


def _set_variables(cloud: Cloud, variables: Mapping[str, str]) -> None:
    cloud.connection.functions().update_function_configuration(
        FunctionName=cloud.name(*_SCALER), Environment={"Variables": variables}
    )
