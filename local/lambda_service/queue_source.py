"""The poller of a queue: receives, invokes, and deletes what succeeded."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from local.lambda_service.deliveries import Invoke, Record, failed_items
from local.lambda_service.functions import FunctionError

if TYPE_CHECKING:
    from mypy_boto3_lambda.type_defs import EventSourceMappingConfigurationTypeDef
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

_WAIT_S = 1
_MESSAGES_PER_READ = 10


@dataclass(frozen=True, kw_only=True)
class QueueSource:
    """A queue behind a deployed mapping."""

    mapping: "EventSourceMappingConfigurationTypeDef"
    sqs: "SQSClient"
    invoke: Invoke
    region: str

    def feed(self, stop: threading.Event) -> None:
        """Receive, invoke, delete what succeeded; the rest becomes visible again by itself."""
        url = self.sqs.get_queue_url(QueueName=self.mapping["EventSourceArn"].rpartition(":")[2])["QueueUrl"]
        size = min(self.mapping.get("BatchSize", 10), _MESSAGES_PER_READ)
        partial = "ReportBatchItemFailures" in self.mapping.get("FunctionResponseTypes", [])
        while not stop.is_set():
            answer = self.sqs.receive_message(
                QueueUrl=url,
                MaxNumberOfMessages=size,
                WaitTimeSeconds=_WAIT_S,
                AttributeNames=["All"],
                MessageAttributeNames=["All"],
            )
            if messages := answer.get("Messages", []):
                self._deliver(url, messages, partial=partial)

    def _deliver(self, url: str, messages: "Sequence[MessageTypeDef]", *, partial: bool) -> None:
        try:
            result = self.invoke({"Records": [self._as_event(message) for message in messages]})
        except FunctionError:
            return
        failed = failed_items(result) if partial else set()
        for message in messages:
            if message["MessageId"] not in failed:
                self.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])

    def _as_event(self, message: "MessageTypeDef") -> Record:
        return {
            "messageId": message["MessageId"],
            "receiptHandle": message["ReceiptHandle"],
            "body": message["Body"],
            "attributes": message.get("Attributes", {}),
            "messageAttributes": message.get("MessageAttributes", {}),
            "md5OfBody": message.get("MD5OfBody", ""),
            "eventSource": "aws:sqs",
            "eventSourceARN": self.mapping["EventSourceArn"],
            "awsRegion": self.region,
        }
