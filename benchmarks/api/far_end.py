"""Answers for AWS at once, where a request of boto3 would leave the process."""

import json
import time
from collections.abc import Iterator
from io import BytesIO

import boto3
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders

from benchmarks.api.cases import TENANTS, job_of, tenant_of, token_of
from handlers.jobs import transitions
from handlers.jobs.store import keys
from handlers.jobs.store.api_keys import digest
from handlers.jobs.store.attributes import Item, encode_item
from handlers.jobs.store.items import event_to_item, job_to_item
from handlers.jobs.transitions import Stamp


class _Content(BytesIO):
    """A body that botocore can stream."""

    def stream(self) -> Iterator[bytes]:
        yield self.read()


class FarEnd:
    """The table and the queue: answers that are made before the first request."""

    def __init__(self) -> None:
        self._items: dict[str, bytes] = {}
        self._jobs: dict[str, bytes] = {}
        for number in range(TENANTS):
            pk = keys.api_key(digest(token_of(number))).pk
            self._items[pk] = _one({"pk": pk, "sk": "KEY", "tenant": tenant_of(number)})
            job = job_of(number)
            event = transitions.submitted(job, Stamp(at=job.created_at, actor=f"api:{job.tenant}")).event
            items = [encode_item(job_to_item(job)), encode_item(event_to_item(event, job.expires_at))]
            self._jobs[keys.job(job.id).pk] = _body({"Items": items, "Count": 2, "ScannedCount": 2})
        decision: Item = {"desired": 1, "reason_code": "starting", "reason": "", "taken_at": time.time()}
        self._items[keys.scaler("cpu").pk] = _one(decision)

    def attach(self) -> None:
        """Answer every client that boto3 makes from now on."""
        session = boto3.Session(aws_access_key_id="bench", aws_secret_access_key="bench")  # noqa: S106
        session.events.register("before-send", self.answer)  # type: ignore[arg-type]
        boto3.DEFAULT_SESSION = session

    def answer(self, request: AWSPreparedRequest, **_: object) -> AWSResponse:
        """The answer to one request."""
        target = request.headers["X-Amz-Target"]
        action = (target if isinstance(target, str) else target.decode()).rpartition(".")[2]
        sent = request.body if isinstance(request.body, bytes) else str(request.body).encode()
        return AWSResponse(request.url, 200, HTTPHeaders(), _Content(self._answer(action, sent)))

    def _answer(self, action: str, sent: bytes) -> bytes:
        match action:
            case "GetItem":
                # No tenant has limits of its own.
                return self._items.get(json.loads(sent)["Key"]["pk"]["S"], b"{}")
            case "Query":
                asked = json.loads(sent)
                if asked.get("Select") == "COUNT":
                    return b'{"Count": 0, "ScannedCount": 0}'
                return self._jobs[asked["ExpressionAttributeValues"][":pk"]["S"]]
            case "SendMessage":
                return b'{"MessageId": "b5e0c2a4-7b5e-4f0f-9a6e-0c0c5a3f7d11"}'
        return b"{}"


def _one(item: Item) -> bytes:
    return _body({"Item": encode_item(item)})


def _body(answer: object) -> bytes:
    return json.dumps(answer).encode()
