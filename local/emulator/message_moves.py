"""Dead letters are moved back: moto lacks message move tasks.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html
"""

import uuid
from typing import Any

from moto.sqs.responses import SQSResponse

from local.emulator.registering import Request, Result, answer, failure


def _start(request: Request) -> Result:
    """Send each message to the queue that it came from, as a new one that nobody has received."""
    backend, arn = request.sqs_backend, request._get_param("SourceArn")
    sources: list[Any] = [queue for queue in list(backend.queues.values()) if queue.queue_arn == arn]
    if not sources:
        raise failure("ResourceNotFoundException", f"There is no queue {arn}.")
    (letters,) = sources
    origins = [queue for queue in list(backend.queues.values()) if queue.dead_letter_queue is letters]
    if not origins:
        raise failure("InvalidParameterValue", f"{arn} is the dead-letter queue of no queue.")
    for message in list(letters._messages):
        backend.send_message(
            origins[0].name,
            message.body,
            message_attributes=message.message_attributes,
            group_id=message.group_id,
            deduplication_id=message.deduplication_id,
        )
        letters._messages.remove(message)
        letters.pending_messages.discard(message)
    return {"TaskHandle": uuid.uuid4().hex}


def install() -> None:
    """Register the answer."""
    answer(SQSResponse, start_message_move_task=_start)
