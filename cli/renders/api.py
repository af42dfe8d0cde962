"""The job server's API as the commands use it: address and key come from the environment."""

import contextlib
import json
import os
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import TypeAlias
from urllib.parse import quote, urlencode

import httpx

from cli.addresses import is_address

# What JSON holds, as the API answers it.
Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"
Document: TypeAlias = dict[str, Json]

URL_VARIABLE = "CLIPIT_API_URL"
KEY_VARIABLE = "CLIPIT_API_KEY"
_TIMEOUT_S = 20.0
_ANY_TEXT = "surrogatepass"
"""How to encode what a command line held and was no UTF-8: the API knows nothing by such a name."""


class ApiError(Exception):
    """A call did not succeed."""


class NotConfiguredError(ApiError):
    """What was given, in the environment or as an option, does not say where the API is, who calls or how."""


class UnreachableError(ApiError):
    """Nobody answered at the address."""


class NotKeptError(ApiError):
    """What was fetched could not be written."""


class RefusedError(ApiError):
    """The API answered with a problem; the text is the problem's own."""

    def __init__(self, status: int, problem: Document) -> None:
        self.status, self.problem = status, problem
        super().__init__(_worded(status, problem))


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
        """A client as the environment says; keys are never arguments, where everybody could read them.

        Raises:
            NotConfiguredError: A variable is missing.
        """
        missing = [name for name in (URL_VARIABLE, KEY_VARIABLE) if not os.environ.get(name)]
        if missing:
            raise NotConfiguredError(
                f"Set {' and '.join(missing)} in the environment; for the local stack `clipit local env` "
                f"prints the address and `clipit keys create <tenant>` makes a key."
            )
        url, key = os.environ[URL_VARIABLE], os.environ[KEY_VARIABLE]
        _must_be_an_address(url)
        _must_fit_a_header(KEY_VARIABLE, key)
        return cls.connect(url, key)

    def submit(self, body: Mapping[str, object], *, idempotency_key: str | None = None) -> Document:
        """Post a render."""
        _must_fit_a_header("--idempotency-key", idempotency_key or "")
        headers = {"Idempotency-Key": idempotency_key} if idempotency_key else {}
        return self._call("POST", "/v1/renders", body=body, headers=headers)

    def get(self, render: str) -> Document:
        """One render as it stands."""
        return self._call("GET", _path(render))

    def cancel(self, render: str) -> Document:
        """Ask for a render to be cancelled."""
        return self._call("POST", f"{_path(render)}/cancel")

    def events(self, render: str) -> list[Document]:
        """What happened to a render."""
        return documents(self._call("GET", f"{_path(render)}/events").get("events"))

    def renders(self, *, state: str | None, limit: int) -> Iterator[Document]:
        """The newest renders, page by page until the limit."""
        cursor: str | None = None
        while limit > 0:
            wanted: dict[str, str | int | None] = {"state": state, "limit": min(limit, 100), "cursor": cursor}
            given = {name: value for name, value in wanted.items() if value is not None}
            page = self._call("GET", f"/v1/renders?{urlencode(given, errors=_ANY_TEXT)}")
            found = documents(page.get("renders"))
            yield from found[:limit]
            limit -= len(found)
            following = page.get("next_cursor")
            if not isinstance(following, str) or not found:
                return
            cursor = following

    def download(self, url: str, target: Path) -> None:
        """Fetch a finished video by its link; the link carries its own permission, the key stays here."""
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
            raise UnreachableError(f"The video could not be fetched: {problem}") from problem
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
        # In ASCII alone: whatever a command line or a file holds reaches the API, which says what is wrong.
        content = None if body is None else json.dumps(body)
        kind = {} if body is None else {"Content-Type": "application/json"}
        try:
            answer = self.client.request(method, path, content=content, headers={**kind, **(headers or {})})
        except httpx.InvalidURL as problem:
            raise NotConfiguredError(f"The API cannot be asked for that: {problem}.") from problem
        except httpx.TransportError as problem:
            raise UnreachableError(f"{self.client.base_url} does not answer: {problem}") from problem
        try:
            told = answer.json()
        except ValueError:
            told = {}
        document: Document = told if isinstance(told, dict) else {}
        if answer.is_error:
            raise RefusedError(answer.status_code, document)
        return document


def _path(render: str) -> str:
    """Where a render is; whatever its id holds, it names no other place."""
    return f"/v1/renders/{quote(render, safe='', errors=_ANY_TEXT)}"


def _must_be_an_address(url: str) -> None:
    try:
        parts = httpx.URL(url)
    except (httpx.InvalidURL, ValueError):
        parts = httpx.URL()
    if "@" in url:  # not told, for what stands before it may be a password
        raise NotConfiguredError(
            f"{URL_VARIABLE} holds a name or a password before an @; give the address alone, and the key in "
            f"{KEY_VARIABLE}."
        )
    if not parts.host or not is_address(url):
        raise NotConfiguredError(
            f"{URL_VARIABLE} is {url!r}; give an address such as https://api.example.com."
        )


def _must_fit_a_header(name: str, value: str) -> None:
    """The value is not told: it may be a key."""
    if not value.isascii() or not value.isprintable() or value != value.strip():
        raise NotConfiguredError(
            f"{name} holds what no HTTP header can carry: only ASCII letters, digits and signs are allowed, "
            f"and no line breaks or spaces around them."
        )


def documents(value: Json) -> list[Document]:
    """The objects of a list."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def part(document: Document, name: str) -> Document:
    """An object within an object; empty when it is absent."""
    inside = document.get(name)
    return inside if isinstance(inside, dict) else {}


def _worded(status: int, problem: Document) -> str:
    said = [str(problem[name]) for name in ("title", "detail") if problem.get(name)]
    details = [
        f"  {one.get('pointer') or one.get('parameter') or ''}: {one.get('detail', '')}".rstrip()
        for one in documents(problem.get("errors"))
    ]
    return "\n".join([f"{status}: {': '.join(said) or 'no reason was given'}", *details])
