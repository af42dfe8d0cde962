"""Asynchronous invocations: a failed event is tried again, and then left in the function's dead-letter queue.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
"""

import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias

from local.lambda_service.deliveries import Invoke
from local.lambda_service.functions import FunctionError, ThrottledError

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

Event: TypeAlias = Mapping[str, object]

PAUSES_MINUTES = (1, 2)
"""Before the second try and before the third, which is the last one."""
_LONGEST_MESSAGE = 1024
_FUNCTION_ERROR = "200"


@dataclass(frozen=True, kw_only=True)
class _Waiting:
    """An event, how often it has failed, and the minute from which it is tried again."""

    event: Event
    failed: int = 0
    due: int = 0


@dataclass
class AsynchronousInvocations:
    """The events of one function: new ones, and those that have failed and are tried again.

    Lambda keeps a throttled event for hours; here it is lost, because a schedule sends the next one.
    """

    invoke: Invoke
    give_up: Callable[[Event, FunctionError], None]
    _waiting: list[_Waiting] = field(default_factory=list)

    def take(self, event: Event, minute: int) -> None:
        """Try the events that are due in this minute, and then a new one."""
        due = [one for one in self._waiting if one.due <= minute]
        self._waiting = [one for one in self._waiting if one.due > minute]
        for one in (*due, _Waiting(event=event)):
            self._try(one, minute)

    def _try(self, one: _Waiting, minute: int) -> None:
        try:
            self.invoke(one.event)
        except ThrottledError:
            pass
        except FunctionError as error:
            if one.failed == len(PAUSES_MINUTES):
                self.give_up(one.event, error)
                return
            due = minute + PAUSES_MINUTES[one.failed]
            self._waiting.append(replace(one, failed=one.failed + 1, due=due))


def leave_letter(sqs: "SQSClient", queue_arn: str, event: Event, error: FunctionError) -> None:
    """Send an event to a dead-letter queue with the attributes that Lambda gives it.

    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
    """
    url = sqs.get_queue_url(QueueName=queue_arn.rpartition(":")[2])["QueueUrl"]
    sqs.send_message(
        QueueUrl=url,
        MessageBody=json.dumps(event),
        MessageAttributes={
            "RequestID": {"DataType": "String", "StringValue": str(uuid.uuid4())},
            "ErrorCode": {"DataType": "Number", "StringValue": _FUNCTION_ERROR},
            "ErrorMessage": {"DataType": "String", "StringValue": str(error)[:_LONGEST_MESSAGE]},
        },
    )
