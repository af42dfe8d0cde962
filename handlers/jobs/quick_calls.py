"""Makes a busy process's calls with a third of the work that botocore does for one.

botocore spends half a millisecond of processor time on a call: it resolves the endpoint, walks through the
service's model twice, and asks some fifteen hooks. The first try of a quickened operation needs none of that:
the request is JSON already, and its signature covers the same few headers each time. It uses the client's own
credentials and connections. Whatever does not succeed at once, and is no refusal of the request itself, goes
botocore's way, with its retries.
"""

import hashlib
import hmac
import json
import uuid
import zlib
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Protocol
from urllib.parse import urlsplit

from botocore.awsrequest import AWSPreparedRequest, AWSResponse, HeadersDict
from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as UnreachableError

from handlers.jobs.client_config import USER_AGENT
from handlers.jobs.error_codes import Remedy, remedy_of

if TYPE_CHECKING:
    from botocore.client import BaseClient
    from botocore.credentials import ReadOnlyCredentials
    from botocore.hooks import EventAliaser

OPERATIONS: Final = frozenset({"GetItem", "Query", "TransactWriteItems", "SendMessage"})
"""What a submission, its replay and a look at a render call."""
_OK: Final = 200
_ALGORITHM: Final = "AWS4-HMAC-SHA256"

Answer = dict[str, object]


class _Call(Protocol):
    def __call__(self, operation_name: str, api_params: dict[str, object], /) -> Answer: ...


def quicken(client: "BaseClient", *, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
    """Let a client of a service that speaks JSON make `OPERATIONS` the short way."""
    # botocore's versions are pinned, and a test compares what arrives and what comes back on both ways.
    client._make_api_call = _Quick(client, now).call  # type: ignore[attr-defined]


class _Quick:
    def __init__(self, client: "BaseClient", now: Callable[[], datetime]) -> None:
        self._client, self._now = client, now
        self._usual: _Call = client._make_api_call  # type: ignore[attr-defined]
        self._http = client._endpoint.http_session  # type: ignore[attr-defined]
        url = urlsplit(client.meta.endpoint_url)
        self._url = url if url.path else url._replace(path="/")
        self._events: EventAliaser = client.meta.events  # type: ignore[assignment]
        model = client.meta.service_model
        self._scope = f"{client.meta.region_name}/{model.signing_name}/aws4_request"
        self._event = f"before-send.{model.service_id.hyphenize()}."
        self._target = f"{model.metadata['targetPrefix']}."
        self._type = f"application/x-amz-json-{model.metadata['jsonVersion']}"

    def call(self, operation_name: str, api_params: dict[str, object], /) -> Answer:
        """Call an operation.

        Raises:
            ClientError: AWS has refused it.
        """
        credentials = self._client._get_credentials()  # type: ignore[attr-defined]
        if operation_name not in OPERATIONS or credentials is None:
            return self._usual(operation_name, api_params)
        if operation_name == "TransactWriteItems":
            # So that a repetition after a lost answer succeeds too, whoever repeats it.
            api_params = {"ClientRequestToken": str(uuid.uuid4()), **api_params}
        try:
            response = self._sent(operation_name, api_params, credentials.get_frozen_credentials())
        except (HTTPClientError, UnreachableError):
            return self._usual(operation_name, api_params)
        if not _is_whole(response):
            return self._usual(operation_name, api_params)
        answer = _read(response.content)
        if response.status_code == _OK:
            return self._usual(operation_name, api_params) if answer is None else answer
        error = self._error(operation_name, response.status_code, answer or {})
        if remedy_of(error) is Remedy.LATER:
            return self._usual(operation_name, api_params)
        raise error

    def _sent(
        self, operation: str, params: Mapping[str, object], credentials: "ReadOnlyCredentials"
    ) -> AWSResponse:
        body = _encoder.encode(params).encode()
        headers = {
            "host": self._url.netloc,
            "x-amz-date": f"{self._now():%Y%m%dT%H%M%SZ}",
            **({"x-amz-security-token": credentials.token} if credentials.token else {}),
            "x-amz-target": f"{self._target}{operation}",
        }
        authorization = signature(headers, body, credentials, path=self._url.path, scope=self._scope)
        sent = {"Content-Type": self._type, "User-Agent": USER_AGENT, "Authorization": authorization}
        given = HeadersDict({**headers, **sent})
        request = AWSPreparedRequest("POST", self._url.geturl(), given, body, stream_output=False)  # type: ignore[arg-type]
        _, played = self._events.emit_until_response(f"{self._event}{operation}", request=request)
        response: AWSResponse = played or self._http.send(request)
        return response

    def _error(self, operation: str, status: int, answer: Answer) -> ClientError:
        code = str(answer.get("__type", "Unknown")).rpartition("#")[2]
        message = str(answer.get("message", answer.get("Message", "")))
        parsed = {
            **answer,
            "Error": {"Code": code, "Message": message},
            "ResponseMetadata": {"HTTPStatusCode": status},
        }
        kind: Callable[[Answer, str], ClientError] = self._client.exceptions.from_code(code)  # type: ignore[assignment]
        return kind(parsed, operation)


def signature(
    headers: Mapping[str, str], body: bytes, credentials: "ReadOnlyCredentials", *, path: str, scope: str
) -> str:
    """The header `Authorization` of a POST, by Signature Version 4; `headers` are lower-case and in order.

    See "Create a signed AWS API request" in the IAM user guide. `scope` is `region/service/aws4_request`.
    """
    names, at = ";".join(headers), headers["x-amz-date"]
    canonical = "\n".join(
        ["POST", path, "", *(f"{name}:{value}" for name, value in headers.items()), "", names, _hash(body)]
    )
    dated = f"{at[:8]}/{scope}"
    to_sign = "\n".join([_ALGORITHM, at, dated, _hash(canonical.encode())])
    signed = hmac.digest(_signing_key(credentials.secret_key, dated), to_sign.encode(), "sha256").hex()
    return (
        f"{_ALGORITHM} Credential={credentials.access_key}/{dated}, SignedHeaders={names}, Signature={signed}"
    )


@lru_cache(maxsize=8)
def _signing_key(secret: str, dated: str) -> bytes:
    """The key of a day, a region and a service."""
    key = f"AWS4{secret}".encode()
    for part in dated.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _is_whole(response: AWSResponse) -> bool:
    """Whether the body has the checksum that DynamoDB sends with it."""
    expected = response.headers.get("x-amz-crc32")
    return expected is None or str(zlib.crc32(response.content)) == expected


def _read(content: bytes) -> Answer | None:
    """The answer; None for what is no JSON object, such as a gateway's own words."""
    try:
        answer = json.loads(content, object_hook=_with_bytes)
    except ValueError:
        return None
    return answer if isinstance(answer, dict) else None


def _with_bytes(value: Answer) -> Answer:
    """A binary attribute with its bytes; any other object as it is."""
    text = value.get("B")
    return {"B": b64decode(text)} if isinstance(text, str) and len(value) == 1 else value


def _as_base64(value: object) -> str:
    if not isinstance(value, bytes):
        raise TypeError(f"cannot send {type(value).__name__} to AWS")
    return b64encode(value).decode()


_encoder: Final = json.JSONEncoder(default=_as_base64, separators=(",", ":"))
