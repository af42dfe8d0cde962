"""Implements the job server's ports with S3 and SQS."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from math import inf
from typing import TYPE_CHECKING, Literal

import boto3
from botocore.config import Config
from botocore.credentials import Credentials, RefreshableCredentials
from botocore.exceptions import ClientError

from handlers.job_server.memory import Memory
from handlers.job_server.picture_size import LOOKED_AT_BYTES, pixels
from handlers.job_server.ports import Link, Unsent
from handlers.job_server.webhook_endpoints import secrets
from handlers.jobs.client_config import client_config
from handlers.jobs.error_codes import code_of
from handlers.jobs.errors import TryAgainLater, calling
from handlers.jobs.messages import render_queue
from handlers.jobs.messages.render_queue import Addressed, Dispatcher, RenderMessage, url_for
from handlers.jobs.model import Job
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
    | secrets.ACTIONS
)
"""Every AWS action that the job server calls, here and through the domain's adapters."""

LINK_SECONDS = 3600
"""A link works for no longer, and for less when the credentials that sign it end before."""
LOOKUPS_AT_ONCE = 32
LOOKUPS_OF_A_REQUEST = 4
"""So that the five submissions that one tenant may have at once leave threads to the others."""
LOOKUP_SECONDS = 10.0
"""The time limit for looking up all assets of a request, at most the 200 of a batch."""
SEEN_SECONDS = 3600.0
"""How long an input that was seen counts as there: it never changes, and leaves with its bucket's retention,
which may end as well between a submission and its render."""

# S3 says 403 and not 404 to those who may not list a bucket, and we may not.
_NOT_THERE = frozenset({"403", "404", "NoSuchKey", "AccessDenied"})


class Buckets:
    """Inputs and outputs on S3; every request looks for its assets in the same few threads."""

    def __init__(
        self, client: "S3Client", *, inputs: str, outputs: str, credentials_end: Callable[[], float]
    ) -> None:
        self._client, self._inputs, self._outputs = client, inputs, outputs
        self._credentials_end = credentials_end
        self._lookups = ThreadPoolExecutor(LOOKUPS_AT_ONCE, thread_name_prefix="assets")
        self._seen: Memory[str, int] = Memory(SEEN_SECONDS)

    def store_composition(self, key: str, content: bytes) -> None:
        """Store a large composition for the worker."""
        with calling("store the composition"):
            self._client.put_object(
                Bucket=self._inputs, Key=key, Body=content, ContentType="application/json"
            )

    def composition(self, key: str) -> bytes | None:
        """A large composition; None when it is gone."""
        with calling("fetch a composition"):
            try:
                return self._client.get_object(Bucket=self._inputs, Key=key)["Body"].read()
            except ClientError as error:
                if code_of(error) in _NOT_THERE:
                    return None
                raise

    def pixels_of(self, wanted: Iterable[str]) -> Mapping[str, int | None]:
        """The pixels of each input, 0 where they are not known; None for one that does not exist.

        Raises:
            TryAgainLater: S3 has not answered for all of them in `LOOKUP_SECONDS`.
        """
        names, until = list(wanted), time.monotonic() + LOOKUP_SECONDS

        def some(first: int) -> dict[str, int | None]:
            found = dict[str, int | None]()
            for name in names[first::LOOKUPS_OF_A_REQUEST]:
                if time.monotonic() > until:
                    raise TimeoutError
                found[name] = self._remembered(name)
            return found

        try:
            shares = self._lookups.map(
                some, range(min(len(names), LOOKUPS_OF_A_REQUEST)), timeout=LOOKUP_SECONDS
            )
            return {name: count for share in shares for name, count in share.items()}
        except TimeoutError as error:
            raise TryAgainLater("look for inputs: no answer in time") from error

    def _remembered(self, key: str) -> int | None:
        return self._seen.get(key, lambda: self._pixels(key))

    def _pixels(self, key: str) -> int | None:
        with calling("look for an input"):
            try:
                found = self._client.get_object(
                    Bucket=self._inputs, Key=key, Range=f"bytes=0-{LOOKED_AT_BYTES - 1}"
                )
            except ClientError as error:
                if code_of(error) in _NOT_THERE:
                    return None
                if code_of(error) == "InvalidRange":  # an empty file
                    return 0
                raise
            return pixels(found["Body"].read()) or 0

    def forget(self, key: str) -> None:
        """Look for an input again when it is named the next time."""
        self._seen.forget(key)

    def holds(self, key: str) -> bool:
        """Whether an input exists."""
        with calling("look for an input"):
            try:
                self._client.head_object(Bucket=self._inputs, Key=key)
            except ClientError as error:
                if code_of(error) in _NOT_THERE:
                    return False
                raise
        return True

    def upload_link(self, key: str, *, content_type: str, size: int, now: float) -> Link:
        """The request that uploads an asset of this type and size, once; S3 refuses any other."""
        given = {
            "Bucket": self._inputs,
            "Key": key,
            "ContentType": content_type,
            "ContentLength": size,
            "IfNoneMatch": "*",
        }
        headers = {"Content-Type": content_type, "Content-Length": str(size), "If-None-Match": "*"}
        return self._link("put_object", given, headers, now)

    def download_link(self, key: str, *, now: float) -> Link:
        """Where a video may be fetched."""
        return self._link("get_object", {"Bucket": self._outputs, "Key": key}, {}, now)

    def _link(
        self,
        operation: Literal["get_object", "put_object"],
        parameters: Mapping[str, object],
        headers: Mapping[str, str],
        now: float,
    ) -> Link:
        # The end is read before the link is signed: credentials that are renewed in between last for longer.
        seconds = max(1, int(min(LINK_SECONDS, self._credentials_end() - now)))
        url = self._client.generate_presigned_url(operation, Params=parameters, ExpiresIn=seconds)
        return Link(url=url, expires_at=now + seconds, headers=headers)


class FleetQueues:
    """The render queue of every fleet."""

    def __init__(self, dispatcher: Dispatcher, marks: DispatchMarks, urls: Mapping[str, str]) -> None:
        self._dispatcher, self._marks, self._urls = dispatcher, marks, urls

    def send(self, job: Job, *, now: float) -> str:
        """Send the message of a job that is marked as sent; the mark goes when that fails."""
        message = RenderMessage(job_id=job.id, attempt=job.attempt)
        try:
            return self._dispatcher.send(self._url(job), message, tenant=job.tenant)
        except Exception:
            self._marks.take_back(job, now=now)
            raise

    def send_all(self, jobs: Sequence[Job], *, now: float) -> Sequence[Unsent]:
        """Send the messages of jobs that are marked as sent; the mark of each goes whose message failed.

        Whatever fails for one queue or one mark, the others have their turn.
        """
        return [
            self._taken_back(unsent, now)
            for url in sorted({self._url(job) for job in jobs})
            for unsent in self._unsent(url, [job for job in jobs if self._url(job) == url])
        ]

    def _unsent(self, url: str, jobs: Sequence[Job]) -> Sequence[Unsent]:
        """Send the messages of one queue; returns those that it has not taken."""
        there = {job.id: job for job in jobs}
        messages = [
            Addressed(message=RenderMessage(job_id=job.id, attempt=job.attempt), tenant=job.tenant)
            for job in jobs
        ]
        try:
            refused = self._dispatcher.send_all(url, messages)
        except Exception as error:
            # Of some, an earlier call may have taken the message: a second one changes nothing.
            return [Unsent(job=job, error=type(error).__name__, passing=False) for job in jobs]
        return [Unsent(job=there[one.message.job_id], error="refused", passing=True) for one in refused]

    def _taken_back(self, unsent: Unsent, now: float) -> Unsent:
        try:
            self._marks.take_back(unsent.job, now=now)
        except Exception as error:
            passing = isinstance(error, TryAgainLater)
            return replace(unsent, error=type(error).__name__, passing=passing)
        return unsent

    def _url(self, job: Job) -> str:
        return url_for(self._urls[job.fleet], job.priority)


def connect_buckets(region: str, *, inputs: str, outputs: str, threads: int) -> Buckets:
    """The deployed buckets, with a connection for each thread that calls or looks up assets."""
    # Links name the region: S3 redirects the global name of a new bucket; a signature is for one host.
    links = Config(signature_version="s3v4", s3={"addressing_style": "virtual"})
    config = client_config(connections=threads + LOOKUPS_AT_ONCE).merge(links)
    client = boto3.client("s3", region_name=region, config=config)
    # Of the session that has made the client: these credentials, and no others, sign its links.
    session = boto3.DEFAULT_SESSION
    credentials = session.get_credentials() if session else None
    return Buckets(client, inputs=inputs, outputs=outputs, credentials_end=lambda: end_of(credentials))


def end_of(credentials: Credentials | None) -> float:
    """When the credentials that sign now will be refused; infinity for those that never are.

    Those of a role last some hours; botocore renews them in their last quarter of an hour.
    """
    if not isinstance(credentials, RefreshableCredentials):
        return inf
    credentials.get_frozen_credentials()
    # botocore tells nobody when they end; the version is pinned, and a test holds the name.
    end: datetime = credentials._expiry_time  # type: ignore[attr-defined]
    return end.timestamp()
