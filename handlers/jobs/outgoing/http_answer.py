"""Reads the head of an HTTP/1.x response, and no more of the response than needed.

`http.client` skips only 100: it takes 103 Early Hints for the response.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import BinaryIO

MOST_BYTES = 65_536
"""Limit for the whole head, interim responses included."""
SWITCHING_PROTOCOLS, FIRST_FINAL = 101, 200

_STATUS_LINE = re.compile(rb"HTTP/1\.[0-9] ([1-9][0-9]{2})(?: .*)?", re.DOTALL)


class NoAnswerError(Exception):
    """The data is not an HTTP response; the text quotes nothing of it."""


@dataclass(frozen=True, kw_only=True)
class Head:
    """The status of an answer and its headers by their names in lower case; of several, the last."""

    status: int
    headers: Mapping[str, str]


def final_status(stream: BinaryIO) -> int:
    """The status of the final answer."""
    return final_head(stream).status


def final_head(stream: BinaryIO) -> Head:
    """The head of the final answer; interim answers (1xx, RFC 9110 section 15.2) before it are read over.

    An upgrade (101) is final, for no answer follows it. A stream that ends within the headers ends them.

    Raises:
        NoAnswerError: the stream ended before the answer, or said something else, or too much.
    """
    head = _Lines(stream)
    while True:
        line = head.line()
        if line is None:
            raise NoAnswerError("the receiver hung up without an answer")
        match = _STATUS_LINE.fullmatch(line)
        if match is None:
            raise NoAnswerError("what the receiver speaks is not HTTP/1.x")
        headers, status = head.headers(), int(match[1])
        if status >= FIRST_FINAL or status == SWITCHING_PROTOCOLS:
            return Head(status=status, headers=headers)


class _Lines:
    """The lines of a head, up to a number of bytes."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream, self._left = stream, MOST_BYTES

    def line(self) -> bytes | None:
        """The next line without its end; None at the end of the stream."""
        line = self._stream.readline(self._left + 1)
        self._left -= len(line)
        if self._left < 0:
            raise NoAnswerError(f"the head of the answer is too long (over {MOST_BYTES} bytes)")
        return line.rstrip(b"\r\n") if line else None

    def headers(self) -> dict[str, str]:
        """Read on to the empty line, or to the end of the stream."""
        found = {}
        while line := self.line():
            name, _, value = line.decode("latin-1").partition(":")
            found[name.strip().lower()] = value.strip()
        return found
