"""User data as an instance reads it: out of base64, gzip and the parts of a message."""

from __future__ import annotations

import base64
import binascii
import re
import zlib

# A run of base64, on one line or folded over several; shorter words are no base64.
PACKED = re.compile(r"[A-Za-z0-9+/]{40,}(?:\r?\n[ \t]*[A-Za-z0-9+/]{4,}(?=[=\s]|\Z))*={0,2}")
# How deep it may lie: a file in base64 in a part in base64 of user data.
LAYERS = 2
LARGEST, LARGEST_INSIDE = 1_000_000, 65_536
GZIP = b"\x1f\x8b"


def decoded(user_data: str) -> str:
    """User data as the instance reads it: out of base64 and gzip where it is in them, line by line.

    Parts of a MIME message, and files that cloud-init writes, are base64 within the base64, some in gzip.
    """
    raw = _out_of_base64(user_data)
    script = user_data if raw is None else _unpacked(raw, LARGEST).decode("utf-8", errors="replace")
    for _ in range(LAYERS):
        script = PACKED.sub(lambda run: _inside(run[0]), script)[:LARGEST]
    return script


def _out_of_base64(packed: str) -> bytes | None:
    try:
        return base64.b64decode("".join(packed.split()), validate=True)
    except (ValueError, binascii.Error):
        return None


def _unpacked(raw: bytes, largest: int) -> bytes:
    if not raw.startswith(GZIP):
        return raw[:largest]
    try:
        return zlib.decompressobj(wbits=31).decompress(raw, largest)
    except zlib.error:
        return b""


def _inside(packed: str) -> str:
    """The text within a run of base64, on as many lines as the run; the run where it holds none."""
    first = packed.split(maxsplit=1)[0]
    # A run that is none as a whole may be one line of base64 before lines of words.
    for candidate in (packed, first):
        raw = _unpacked(_out_of_base64(candidate) or b"", LARGEST_INSIDE)
        try:
            inside = " ; ".join(raw.decode("utf-8").splitlines())
        except UnicodeDecodeError:
            continue
        if inside:
            kept = "\n" * packed.count("\n") if candidate is packed else packed.removeprefix(first)
            return f"{inside}{kept}"
    return packed
