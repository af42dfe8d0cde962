"""Assets that a composition names by a URL. Pure; agents fetch them, and engines never see a URL."""

import hashlib
from collections.abc import Iterator
from enum import StrEnum
from urllib.parse import urlsplit

from handlers.jobs.json_schema.values import Finding, Json, pointer
from handlers.jobs.outgoing.webhook_urls import WebhookTargets, complaint

HTTPS_PORT = 443
"""The one port that instances may connect to outside."""
_UNREACHABLE = (
    "names a file by URL, and the instances of this stack cannot reach the internet; "
    "upload the file to /v1/assets and name its id"
)


class LinkedAssets(StrEnum):
    """`public`: instances fetch files of public servers; `none`: they have no way to the internet."""

    PUBLIC = "public"
    NONE = "none"


def links(composition: Json, *, at: str = "/composition") -> Iterator[tuple[str, str]]:
    """The JSON pointer and the URL of each asset that a checked composition names by one."""
    if isinstance(composition, dict):
        for name, inner in composition.items():
            if (url := _url(name, inner)) is not None:
                yield pointer(at, name), url
            elif isinstance(inner, dict | list):
                yield from links(inner, at=pointer(at, name))
    elif isinstance(composition, list):
        for index, inner in enumerate(composition):
            if isinstance(inner, dict | list):
                yield from links(inner, at=pointer(at, index))


def with_names(composition: Json) -> Json:
    """The composition as an engine gets it: with the name of a file where it had a URL."""
    match composition:
        case dict():
            return {name: _with_name(name, inner) for name, inner in composition.items()}
        case list():
            return [with_names(inner) for inner in composition]
    return composition


def name_of(url: str) -> str:
    """The name of the file that holds what a URL leads to; no id of an uploaded asset is like it."""
    return f"url_{hashlib.sha256(url.encode()).hexdigest()[:32]}"


def link_findings(composition: Json, *, at: str, linked: LinkedAssets) -> Iterator[Finding]:
    """What is wrong with the URLs of a composition; where they lead is found out by who fetches them."""
    for place, url in links(composition, at=at):
        if linked is LinkedAssets.NONE:
            yield Finding(pointer=pointer(place, "url"), detail=_UNREACHABLE)
        elif problem := link_complaint(url):
            yield Finding(pointer=pointer(place, "url"), detail=problem)


def link_complaint(url: str) -> str | None:
    """Why a URL cannot name an asset; None when it may."""
    if problem := complaint(url, WebhookTargets.PUBLIC):
        return problem
    if urlsplit(url).port not in {None, HTTPS_PORT}:
        return f"must not name a port other than {HTTPS_PORT}"
    return None


def _with_name(field: str, value: Json) -> Json:
    url = _url(field, value)
    return with_names(value) if url is None else name_of(url)


def _url(field: str, value: Json) -> str | None:
    url = value.get("url") if field == "asset" and isinstance(value, dict) else None
    return url if isinstance(url, str) else None
