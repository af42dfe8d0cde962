"""Secrets that their shape gives away, whatever they are called.

Every part of a pattern is bounded, so that a long text takes no more than its length.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass

from guardrails.resources.secrecy.commands import COMMANDS
from guardrails.resources.secrecy.issued import ACCESS_TOKENS, API_KEYS, WEBHOOKS
from guardrails.resources.secrecy.literals import is_literal

# Letters of which a random key of forty has more than a path or a word of that length.
RANDOM_LETTERS = 24
LOGIN = re.compile(r"[^\s:]{1,100}:(?!\d{1,5}\Z)[^\s]{2,200}")


def _any(patterns: str, before: str = r"(?<![\w.])") -> re.Pattern[str]:
    return re.compile(f"{before}(?:{'|'.join(patterns.split())})")


def is_login(packed: str) -> bool:
    """Whether a text is the base64 of a user and a password, as in a Basic authorization."""
    try:
        return bool(LOGIN.fullmatch(base64.b64decode(packed, validate=True).decode("ascii")))
    except (ValueError, binascii.Error):
        return False


def _always(_match: re.Match[str]) -> bool:
    return True


def _stated(match: re.Match[str]) -> bool:
    return is_literal(match["password"])


def _login(match: re.Match[str]) -> bool:
    return is_login(match["packed"])


def _random(match: re.Match[str]) -> bool:
    return len(set(match[0])) >= RANDOM_LETTERS


@dataclass(frozen=True)
class Shape:
    """One shape: what it is called, its pattern, and what else must hold of a match."""

    kind: str
    pattern: re.Pattern[str]
    holds: Callable[[re.Match[str]], bool] = _always


SHAPES: tuple[Shape, ...] = (
    Shape(
        "a private key",
        re.compile(
            r"-{4,5} ?BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY|PuTTY-User-Key-File-\d|AGE-SECRET-KEY-1[A-Z0-9]{20,}"
        ),
    ),
    Shape("an AWS access key", re.compile(r"\b(?:AKIA|ASIA|ABIA)[A-Z0-9]{16}\b")),
    Shape(
        "an AWS secret key",
        re.compile(
            r"(?<![\w+/=.-])(?=[a-z0-9/+]*[A-Z])(?=[A-Z0-9/+]*[a-z])(?=[A-Za-z/+]*\d)[A-Za-z0-9/+]{40}(?![\w+/=.-])"
        ),
        _random,
    ),
    Shape("an access token", _any(ACCESS_TOKENS)),
    Shape("an API key", _any(API_KEYS)),
    Shape("a webhook's address", _any(WEBHOOKS, r"\bhttps://")),
    Shape("a signed token", re.compile(r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}")),
    Shape("an access token", re.compile(r"\b[Bb]earer\s{1,9}[\w.~+/-]{20,}")),
    Shape("a password", re.compile(r"\bBasic\s{1,9}(?P<packed>[A-Za-z0-9+/]{8,400}={0,2})"), _login),
    Shape("a password", re.compile(r"\b_?auth\W{1,9}(?P<packed>[A-Za-z0-9+/]{8,400}={0,2})"), _login),
    Shape("a storage key", re.compile(r"\bAccountKey=[A-Za-z0-9+/]{40,}|[?&]sig=[\w%+/-]{40,}")),
    Shape(
        "a password in an address",
        re.compile(
            r"\b[a-z][a-z0-9+.-]{1,30}://[^\s:/@]{0,200}:(?!\d{1,5}[?#])(?P<password>[^\s/\"'<>]{1,200})@[\w.\[$%{-]",
            re.IGNORECASE,
        ),
        _stated,
    ),
    Shape(
        "a password in an address",
        re.compile(r"(?<![\w/])[\w.-]{1,64}:(?P<password>[^\s/\"'@]{2,200})@(?:tcp|unix)\("),
        _stated,
    ),
    Shape(
        "a password in an address",
        re.compile(r"\bjdbc:oracle:\w{1,9}:[^\s:/@]{1,64}/(?P<password>[^\s/\"'@]{2,200})@"),
        _stated,
    ),
    *(Shape("a password", re.compile(command, re.IGNORECASE), _stated) for command in COMMANDS),
)


def shape_of(text: str) -> str | None:
    """The kind of secret that some part of the text has the shape of."""
    return next(
        (shape.kind for shape in SHAPES if any(shape.holds(it) for it in shape.pattern.finditer(text))), None
    )
