"""Implements the job server's ports with S3 and SQS."""

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from handlers.job_server.ports import Link
from handlers.jobs.client_config import client_config
from handlers.jobs.errors import TryAgainLater, calling
from handlers.jobs.messages import render_queue
from handlers.jobs.messages.render_queue import Dispatcher, RenderMessage
from handlers.jobs.store import api_keys, customer_jobs, dispatch_marks
from handlers.jobs.store.dispatch_marks import DispatchMarks

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

ACTIONS = (
    frozenset({"s3:GetObject", "s3:PutObject", "sqs:GetQueueAttributes"})
    | api_keys.ACTIONS
    | render_queue.ACTIONS
    | dispatch_marks.ACTIONS
    | customer_jobs.ACTIONS
)
"""Every AWS action that the job server calls, here and through the domain's adapters."""

LINK_SECONDS = 3600
LOOKUPS_AT_ONCE = 16
LOOKUP_SECONDS = 10.0
"""The time limit for looking up all assets of one composition, at most 200."""

# S3 says 403 and not 404 to those who may not list a bucket, and we may not.
_NOT_THERE = frozenset({"403", "404", "NoSuchKey", "AccessDenied"})


class Buckets:
    """Inputs and outputs on S3; every request looks for its assets in the same few threads."""

    def __init__(self, client: "S3Client", *, inputs: str, outputs: str) -> None:
        self._client, self._inputs, self._outputs = client, inputs, outputs
        self._lookups = ThreadPoolExecutor(LOOKUPS_AT_ONCE, thread_name_prefix="assets")

    def store_composition(self, key: str, content: bytes) -> None:
        """Store a composition for the worker."""
        with calling("store the composition"):
            self._client.put_object(
                Bucket=self._inputs, Key=key, Body=content, ContentType="application/json"
            )

    def missing(self, wanted: Iterable[str]) -> list[str]:
        """The inputs that do not exist, in order.

        Raises:
            TryAgainLater: S3 has not answered for all of them in `LOOKUP_SECONDS`.
        """
        names = list(wanted)
        try:
            there = list(self._lookups.map(self.holds, names, timeout=LOOKUP_SECONDS))
        except TimeoutError as error:
            raise TryAgainLater("look for inputs: no answer in time") from error
        return [name for name, found in zip(names, there, strict=True) if not found]

    def holds(self, key: str) -> bool:
        """Whether an input exists."""
        with calling("look for an input"):
            try:
                self._client.head_object(Bucket=self._inputs, Key=key)
            except ClientError as error:
                if error.response["Error"].get("Code") in _NOT_THERE:
                    return False
                raise
        return True

    def upload_link(self, key: str, *, content_type: str, size: int, now: float) -> Link:
        """The request that uploads an asset of this type and size; S3 refuses any other type or size."""
        url = self._client.generate_presigned_url(
            "put_object",
            Params={"Bucket": self._inputs, "Key": key, "ContentType": content_type, "ContentLength": size},
            ExpiresIn=LINK_SECONDS,
        )
        headers = {"Content-Type": content_type, "Content-Length": str(size)}
        return Link(url=url, expires_at=now + LINK_SECONDS, headers=headers)

    def download_link(self, key: str, *, now: float) -> Link:
        """A link to a video."""
        url = self._client.generate_presigned_url(
            "get_object", Params={"Bucket": self._outputs, "Key": key}, ExpiresIn=LINK_SECONDS
        )
        return Link(url=url, expires_at=now + LINK_SECONDS, headers={})


class FleetQueues:
    """The render queue of every fleet."""

    def __init__(self, dispatcher: Dispatcher, marks: DispatchMarks, urls: Mapping[str, str]) -> None:
        self._dispatcher, self._marks, self._urls = dispatcher, marks, urls

    def send(self, fleet: str, message: RenderMessage, *, tenant: str, now: float) -> None:
        """Send a job's message to its fleet, and mark the job as sent."""
        self._dispatcher.send(self._urls[fleet], message, tenant=tenant)
        self._marks.mark(message.job_id, attempt=message.attempt, now=now)


def connect_buckets(region: str, *, inputs: str, outputs: str, threads: int) -> Buckets:
    """The deployed buckets, with a connection for each thread that calls or looks up assets."""
    # Links name the region: S3 redirects the global name of a new bucket; a signature is for one host.
    links = Config(signature_version="s3v4", s3={"addressing_style": "virtual"})
    config = client_config(connections=threads + LOOKUPS_AT_ONCE).merge(links)
    return Buckets(boto3.client("s3", region_name=region, config=config), inputs=inputs, outputs=outputs)
