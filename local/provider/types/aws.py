"""The emulated AWS as the resource types see it: one call, absent parameters left out, two kinds of error."""

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from local.provider.types.props import Props

if TYPE_CHECKING:
    from botocore.client import BaseClient

ACCOUNT = "123456789012"
GONE = (
    "NotFound",
    "NotFoundException",
    "NoSuch",
    "NonExistent",
    "Nonexistent",
    "DoesNotExist",
    "InvalidDocument",
    ".NotFound",
)


class RefusedError(Exception):
    """The service refused a call; `code` is its error code."""

    def __init__(self, action: str, code: str, message: str) -> None:
        super().__init__(f"{action} was refused: {code}: {message}")
        self.code = code


class GoneError(RefusedError):
    """The thing the call is about does not exist."""


def found(answer: Props, key: str) -> Props:
    """The first of the list in an answer; an empty list means that the thing is gone."""
    items = answer.blocks(key)
    if not items:
        raise GoneError("describe", "NotFound", f"{key} is empty")
    return items[0]


class UnreachableError(Exception):
    """Nothing answers where the emulated AWS should be."""


class Aws(Protocol):
    """What a resource type may ask of AWS."""

    region: str
    account: str

    def call(self, service: str, operation: str, /, **parameters: object) -> Props:
        """Call `operation` (snake case) of `service`; parameters that are None are left out."""
        ...

    def pages(self, service: str, operation: str, result: str, /, **parameters: object) -> list[Props]:
        """Every item of the list `result` over all pages."""
        ...

    def arn(self, service: str, rest: str) -> str:
        """The ARN of something in this region and account."""
        ...


class Boto:
    """`Aws` over boto3 against one loopback endpoint; clients are made once and shared by all threads."""

    account = ACCOUNT

    def __init__(self, *, endpoint: str, region: str) -> None:
        import botocore.session  # noqa: PLC0415  boto3 is slow to import and not always needed

        self.endpoint = endpoint
        self.region = region
        self._lock = threading.Lock()
        self._session = botocore.session.get_session()
        self._clients: dict[str, BaseClient] = {}

    def client(self, service: str) -> "BaseClient":
        """The shared client of a service."""
        with self._lock:
            if service not in self._clients:
                self._clients[service] = self._new_client(service)
            return self._clients[service]

    def call(self, service: str, operation: str, /, **parameters: object) -> Props:
        """Call an operation and translate its errors."""
        given = {key: value for key, value in parameters.items() if value is not None}
        with self._translating(f"{service}:{operation}"):
            return Props(getattr(self.client(service), operation)(**given))

    def pages(self, service: str, operation: str, result: str, /, **parameters: object) -> list[Props]:
        """Collect a list over all pages where the operation has pages."""
        client = self.client(service)
        if not client.can_paginate(operation):
            return self.call(service, operation, **parameters).blocks(result)
        given = {key: value for key, value in parameters.items() if value is not None}
        with self._translating(f"{service}:{operation}"):
            pages = [Props(page) for page in client.get_paginator(operation).paginate(**given)]
        return [item for page in pages for item in page.blocks(result)]

    @contextmanager
    def _translating(self, action: str) -> Iterator[None]:
        from botocore.exceptions import ClientError, ConnectionError, HTTPClientError  # noqa: A004, PLC0415

        try:
            yield
        except ClientError as error:
            raise _translated(action, error.response) from None
        except (ConnectionError, HTTPClientError):
            raise UnreachableError(
                f"{action}: nothing answers at {self.endpoint} (AWS_ENDPOINT_URL); start it with "
                "`clipit local up`"
            ) from None

    def arn(self, service: str, rest: str) -> str:
        """Compose an ARN of this region and account."""
        return f"arn:aws:{service}:{self.region}:{self.account}:{rest}"

    def _new_client(self, service: str) -> "BaseClient":
        from local.emulator.client_config import CLIENT_CONFIG  # noqa: PLC0415  as above

        return self._session.create_client(
            service,
            region_name=self.region,
            endpoint_url=self.endpoint,
            aws_access_key_id=os.environ.get("AWS_ACCESS_KEY_ID", "test"),
            aws_secret_access_key=os.environ.get("AWS_SECRET_ACCESS_KEY", "test"),
            config=CLIENT_CONFIG,
        )


def _translated(action: str, response: Mapping[str, object]) -> RefusedError:
    error = Props(response).block("Error")
    code, message = error.maybe_text("Code") or "", error.maybe_text("Message") or ""
    gone = code == "404" or any(mark in code for mark in GONE) or "does not exist" in message
    return (GoneError if gone else RefusedError)(action, code, message)
