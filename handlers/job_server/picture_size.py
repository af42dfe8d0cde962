"""The size of a picture, from the first bytes of its file: PNG, JPEG, WebP, GIF, BMP.

Customers write these bytes. Nothing is decoded, and whatever is not understood has no known size: then the
engine, which opens the file, judges alone.
"""

import struct
from typing import Final

LOOKED_AT_BYTES: Final = 16_384
"""Enough for the size of a JPEG behind a small preview; a larger one before it makes the size unknown."""
_WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD9)})
_SIZES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""Of JPEG's markers, those that begin a frame header (ITU-T T.81, table B.1)."""


def pixels(start: bytes) -> int | None:
    """Width times height; None where it is not known."""
    size = _size(start)
    return size[0] * size[1] if size else None


def _size(start: bytes) -> tuple[int, int] | None:
    try:
        if start.startswith(b"\x89PNG\r\n\x1a\n") and start[12:16] == b"IHDR":
            return _two(">II", start, 16)
        if start.startswith((b"GIF87a", b"GIF89a")):
            return _two("<HH", start, 6)
        if start.startswith(b"BM"):
            width, height = _two("<ii", start, 18)
            return abs(width), abs(height)
        if start.startswith(b"RIFF") and start[8:12] == b"WEBP":
            return _webp(start)
        return _jpeg(start) if start.startswith(b"\xff\xd8") else None
    except struct.error:
        return None


def _webp(start: bytes) -> tuple[int, int] | None:
    """As its container says (RFC 9649)."""
    match start[12:16]:
        case b"VP8X":
            return _uint24(start, 24) + 1, _uint24(start, 27) + 1
        case b"VP8L":
            (bits,) = struct.unpack_from("<I", start, 21)
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8 ":
            width, height = _two("<HH", start, 26)
            return width & 0x3FFF, height & 0x3FFF
    return None


def _jpeg(start: bytes) -> tuple[int, int] | None:
    """From segment to segment, up to the frame header."""
    place = 2
    while place + 4 <= len(start):
        if start[place] != 0xFF:  # noqa: PLR2004 - what begins a marker
            return None
        marker = start[place + 1]
        if marker in _SIZES:
            height, width = _two(">HH", start, place + 5)
            return width, height
        if marker == 0xFF or marker in _WITHOUT_LENGTH:  # noqa: PLR2004 - a fill byte
            place += 1 if marker == 0xFF else 2  # noqa: PLR2004
            continue
        (length,) = struct.unpack_from(">H", start, place + 2)
        place += 2 + max(2, length)
    return None


def _two(layout: str, start: bytes, place: int) -> tuple[int, int]:
    first, second = struct.unpack_from(layout, start, place)
    return first, second


def _uint24(start: bytes, place: int) -> int:
    low, high = struct.unpack_from("<HB", start, place)
    return int(low) | int(high) << 16
