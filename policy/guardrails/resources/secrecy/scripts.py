"""Secrets in scripts and configuration: what is assigned to the name of one, and what has its shape."""

from __future__ import annotations

import re
from collections.abc import Iterator

from guardrails.resources.secrecy.literals import is_expression, is_literal
from guardrails.resources.secrecy.names import names_a_secret
from guardrails.resources.secrecy.shapes import shape_of

NAME, QUOTE, VALUE = r"(?P<name>[A-Za-z_][\w.-]{0,80})", r"(?P<quote>\\?[\"'])", r"[^\s\"';,&\\]{1,200}"
ASSIGNMENTS = tuple(
    re.compile(pattern)
    for pattern in (
        # NAME=value, name: value, "name":"value", name := value, 'name' => value
        rf"(?<![\w.]){NAME}(?:\\?[\"'])?\s{{0,9}}(?::?=(?!=)>?|:(?=[\s\"'\\]))\s{{0,9}}{QUOTE}?(?P<value>{VALUE})",
        # --name value, -name=value
        rf"(?<![\w-])--?{NAME}[ =]{QUOTE}?(?P<value>{VALUE})",
        # ENV NAME value, setx NAME value
        rf"^\s{{0,40}}(?:ENV|ARG|setx|SetEnv|set -gx)\s{{1,9}}{NAME}\s{{1,9}}{QUOTE}?(?P<value>{VALUE})",
        # <name>value</name>, <add key="name" value="value"/>
        rf"<{NAME}>(?P<quote>)(?P<value>[^<\s]{{1,200}})</",
        rf"\b(?:key|name)={QUOTE}{NAME}[\"']\s{{1,9}}value=[\"'](?P<value>{VALUE})",
    )
)
WORD = re.compile("[a-z]+")
# A line of base64 that goes on in the next one, as in a certificate.
FOLDED, ITS_END = re.compile(r"\s*[A-Za-z0-9+/]{60,}"), re.compile(r"\s*[A-Za-z0-9+/]+={0,2}\s*")


def secrets_in(script: str) -> Iterator[tuple[str, int]]:
    """The kind and the line of whatever looks like a secret."""
    before = ""
    for index, line in enumerate(script.splitlines(), start=1):
        folded, before = FOLDED.fullmatch(before) and ITS_END.fullmatch(line), line
        kind = None if folded else shape_of(line)
        if kind is None and _assigns_secret(line):
            kind = "a password, token or key"
        if kind:
            yield kind, index


def _assigns_secret(line: str) -> bool:
    return any(
        names_a_secret(found["name"]) and _is_stated(line, found)
        for pattern in ASSIGNMENTS
        for found in pattern.finditer(line)
    )


def _is_stated(line: str, found: re.Match[str]) -> bool:
    """Whether the value is one, and neither computed nor a word of prose."""
    value = found["value"]
    if not is_literal(value):
        return False
    if found["quote"]:
        return True
    return not is_expression(value) and not _is_prose(line, found)


def _is_prose(line: str, found: re.Match[str]) -> bool:
    if not WORD.fullmatch(found["value"]):
        return False
    between = line[found.end("name") : found.start("value")]
    return line.lstrip().startswith("#") or (
        ":" in between and bool(re.match(r" [a-z]", line[found.end("value") :]))
    )
