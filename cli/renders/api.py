"""The client of the job server's API; the environment has the address and the key."""

import contextlib
import json
import mimetypes
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import TypeAlias
from urllib.parse import quote, urlencode

import httpx

from cli import environment
from cli.exits import CommandError, Exit
from handlers.jobs.environment import SecretValueError
from handlers.jobs.schema_check import Json

Document: TypeAlias = dict[str, Json]

_TIMEOUT_S = 20.0
_PAGE = 100
_ANY_TEXT = "surrogatepass"
"""How to encode an argument that was not UTF-8: the API then finds nothing by this id."""
_SOURCE = (
    "`clipit local env` prints the address of the local stack, `pulumi stack output api_url` that of another "
    "one; `clipit keys create TENANT` makes a key."
)


class ApiError(CommandError):
    """A call failed."""

    may_pass = False
    """Whether the API is in trouble or busy, rather than the call wrong."""


class NotConfiguredError(ApiError):
    """An option has a value that cannot be sent to the API."""

    code = Exit.USAGE


class UnreachableError(ApiError):
    """Nothing answered at the address."""

    code = Exit.UNREACHABLE
    may_pass = True


class NotKeptError(ApiError):
    """A downloaded file could not be written."""


class RefusedError(ApiError):
    """The API returned a problem; the text is the problem's detail."""

    code = Exit.REFUSED

    def __init__(self, status: int, problem: Document) -> None:
        self.status, self.problem = status, problem
        self.may_pass = status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.TOO_MANY_REQUESTS
        super().__init__(_message(status, problem))


@dataclass(frozen=True)
class Api:
    """A client of one tenant."""

    client: httpx.Client

    @classmethod
    def connect(cls, url: str, key: str) -> "Api":
        """A client for this address and key."""
        headers = {"Authorization": f"Bearer {key}"}
        return cls(httpx.Client(base_url=url, headers=headers, timeout=_TIMEOUT_S))

    @classmethod
    def from_environment(cls) -> "Api":
        """A client from environment variables; a key is never an argument, because others can read arguments.

        Raises:
            EnvironmentRefusedError: A variable is missing or invalid.
        """
        with environment.reading(_SOURCE) as variables:
            url = variables.get(environment.API_URL, environment.address, "")
            key = variables.get(environment.API_KEY, environment.header_value, "")
        return cls.connect(url, key)

    def submit(self, body: Mapping[str, object], *, idempotency_key: str | None = None) -> Document:
        """Post a render."""
        try:
            key = None if idempotency_key is None else environment.header_value(idempotency_key)
        except SecretValueError as problem:
            raise NotConfiguredError(f"--idempotency-key {problem}.") from None
        headers = {} if key is None else {"Idempotency-Key": key}
        return self._call("POST", "/v1/renders", body=body, headers=headers)

    def upload(self, name: str, content: bytes) -> str:
        """Upload a file; the id by which compositions use it. The name's suffix says its type."""
        guessed = mimetypes.guess_type(name)[0] or "application/octet-stream"
        kind = "audio/wav" if guessed == "audio/x-wav" else guessed  # the API has the registered name
        asset = self._call("POST", "/v1/assets", body={"content_type": kind, "size": len(content)})
        link = part(asset, "upload")
        headers = {key: str(value) for key, value in part(link, "headers").items()}
        try:
            answer = httpx.request(
                str(link["method"]), str(link["url"]), content=content, headers=headers, timeout=_TIMEOUT_S
            )
        except httpx.TransportError as problem:
            raise UnreachableError(f"{name} could not be uploaded: {problem}") from problem
        if answer.is_error:
            raise RefusedError(answer.status_code, {"title": f"The link for {name} does not take the file."})
        return str(asset["id"])

    def get(self, render: str) -> Document:
        """Get one render."""
        return self._call("GET", _path(render))

    def cancel(self, render: str) -> Document:
        """Ask for a render to be cancelled."""
        return self._call("POST", f"{_path(render)}/cancel")

    def events(self, render: str) -> list[Document]:
        """List the events of a render."""
        return documents(self._call("GET", f"{_path(render)}/events").get("events"))

    def deliveries(self, render: str) -> list[Document]:
        """Every attempt to deliver a render's webhook, in order."""
        return documents(self._call("GET", f"{_path(render)}/deliveries").get("deliveries"))

    def health(self) -> None:
        """See that a server answers.

        Raises:
            ApiError: None does.
        """
        self._call("GET", "/healthz")

    def template_fields(self, template: str) -> Document:
        """The JSON Schema of each field of a template, by name; empty when there is no such template."""
        for found in documents(self._call("GET", "/v1/templates").get("templates")):
            if found.get("name") == template:
                return part(part(found, "fields"), "properties")
        return {}

    def renders(self, *, state: str | None, limit: int) -> Iterator[Document]:
        """List the newest renders, page by page until the limit; only a page without a cursor is the last."""
        cursor: str | None = None
        while limit > 0:
            wanted = {"state": state, "limit": min(limit, _PAGE), "cursor": cursor}
            given = {name: value for name, value in wanted.items() if value is not None}
            page = self._call("GET", f"/v1/renders?{urlencode(given, errors=_ANY_TEXT)}")
            found = documents(page.get("renders"))
            yield from found[:limit]
            limit -= len(found)
            before, following = cursor, page.get("next_cursor")
            if not isinstance(following, str):
                return
            if following == before:
                raise ApiError("The API returned the same next_cursor twice; the list is incomplete.")
            cursor = following

    def download(self, url: str, target: Path) -> None:
        """Download a finished video by its link, without sending the API key."""
        unfinished = target.with_name(f".{target.name}.{uuid.uuid4().hex}.unfinished")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with httpx.stream("GET", url, timeout=_TIMEOUT_S) as answer, unfinished.open("wb") as file:
                if answer.status_code != HTTPStatus.OK:
                    raise RefusedError(answer.status_code, {"title": "The link to the video does not work."})
                for chunk in answer.iter_bytes():
                    file.write(chunk)
            unfinished.replace(target)
        except httpx.TransportError as problem:
            raise UnreachableError(f"The video could not be downloaded: {problem}") from problem
        except OSError as problem:
            raise NotKeptError(f"{target} cannot be written: {problem.strerror or problem}.") from problem
        finally:
            with contextlib.suppress(OSError):
                unfinished.unlink(missing_ok=True)

    def _call(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Document:
        # In ASCII only, so that any argument or file reaches the API, which says what is wrong.
        content = None if body is None else json.dumps(body)
        kind = {} if body is None else {"Content-Type": "application/json"}
        try:
            answer = self.client.request(method, path, content=content, headers={**kind, **(headers or {})})
        except httpx.InvalidURL as problem:
            raise NotConfiguredError(f"The request cannot be sent: {problem}.") from problem
        except httpx.TransportError as problem:
            raise UnreachableError(
                f"{self.client.base_url} does not answer: {problem}. Compare {environment.API_URL} with "
                "`clipit local status` or `pulumi stack output api_url`."
            ) from problem
        try:
            content_of_answer = answer.json()
        except ValueError:
            content_of_answer = {}
        document: Document = content_of_answer if isinstance(content_of_answer, dict) else {}
        if answer.is_error:
            raise RefusedError(answer.status_code, document)
        return document


def _path(render: str) -> str:
    """The path of a render; escaped, so that no id leads to another path."""
    return f"/v1/renders/{quote(render, safe='', errors=_ANY_TEXT)}"


def documents(value: Json) -> list[Document]:
    """The objects of a list."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def part(document: Document, name: str) -> Document:
    """An object within an object; empty when it is absent."""
    inside = document.get(name)
    return inside if isinstance(inside, dict) else {}


def _message(status: int, problem: Document) -> str:
    texts = [str(problem[name]) for name in ("title", "detail") if problem.get(name)]
    details = [
        f"  {one.get('pointer') or one.get('parameter') or ''}: {one.get('detail', '')}".rstrip()
        for one in documents(problem.get("errors"))
    ]
    return "\n".join([f"{status}: {': '.join(texts) or 'no reason was given'}", *details])
