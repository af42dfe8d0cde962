"""A fleet's dead-letter queue, read once from end to end."""

from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Self

from handlers.jobs.messages.dead_letters import decode
from handlers.jobs.messages.render_queue import BadMessageError

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

HIDDEN_SECONDS = 600
AT_ONCE = 10
WAIT_SECONDS = 1


@dataclass(frozen=True, kw_only=True)
class Letter:
    """One message; `job` is None when it is no render message."""

    id: str
    receipt: str
    job: str | None


class DeadLetterQueue:
    """Letters are invisible while they are read; those that were not removed become visible again."""

    def __init__(self, client: "SQSClient", url: str) -> None:
        self._client, self._url = client, url
        self._held: dict[str, Letter] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for letter in self._held.values():
            self._client.change_message_visibility(
                QueueUrl=self._url, ReceiptHandle=letter.receipt, VisibilityTimeout=0
            )

    def __iter__(self) -> Iterator[Letter]:
        """Each letter once; ends at an empty response, or when a letter appears for the second time."""
        while True:
            answer = self._client.receive_message(
                QueueUrl=self._url,
                MaxNumberOfMessages=AT_ONCE,
                VisibilityTimeout=HIDDEN_SECONDS,
                WaitTimeSeconds=WAIT_SECONDS,
            )
            letters = {
                one["MessageId"]: Letter(
                    id=one["MessageId"], receipt=one["ReceiptHandle"], job=_job(one["Body"])
                )
                for one in answer.get("Messages", [])
            }
            unseen = letters.keys() - self._held.keys()
            self._held |= letters
            if not unseen:
                return
            yield from (letter for letter in letters.values() if letter.id in unseen)

    def remove(self, letter: Letter) -> None:
        """Remove a letter that is no longer needed."""
        self._client.delete_message(QueueUrl=self._url, ReceiptHandle=letter.receipt)
        self._held.pop(letter.id, None)


def _job(body: str) -> str | None:
    try:
        return decode(body).message.job_id
    except BadMessageError:
        return None
