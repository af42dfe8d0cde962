"""The size of a picture is read from real files, and hostile ones have none."""

import io
import random

import pytest
from PIL import Image

from handlers.job_server.assets import MOST_PIXELS_AT_ONCE, MOST_PIXELS_OF_AN_ASSET
from handlers.job_server.picture_size import LOOKED_AT_BYTES, pixels
from render_engine import reading

WAYS: dict[str, dict[str, object]] = {
    "PNG": {"format": "PNG"},
    "JPEG": {"format": "JPEG"},
    "progressive JPEG": {"format": "JPEG", "progressive": True},
    "JPEG with a comment and a profile": {
        "format": "JPEG",
        "comment": b"x" * 900,
        "icc_profile": b"p" * 3_000,
    },
    "GIF": {"format": "GIF"},
    "BMP": {"format": "BMP"},
    "WebP": {"format": "WEBP"},
    "lossless WebP": {"format": "WEBP", "lossless": True},
    "extended WebP": {"format": "WEBP", "exif": b"Exif\0\0MM\0*\0\0\0\x08\0\0"},
}


def picture(**how: object) -> bytes:
    content = io.BytesIO()
    Image.new("RGB", (640, 359), "red").save(content, **how)  # type: ignore[arg-type]
    return content.getvalue()


@pytest.mark.parametrize("way", WAYS)
def test_a_picture_has_the_size_that_its_first_bytes_say(way: str) -> None:
    content = picture(**WAYS[way])
    assert pixels(content[:LOOKED_AT_BYTES]) == 640 * 359


@pytest.mark.parametrize("way", WAYS)
def test_whatever_is_cut_off_or_changed_has_some_size_or_none(way: str) -> None:
    content, chance = picture(**WAYS[way]), random.Random(7)  # noqa: S311 - changes that can be repeated
    for length in range(min(len(content), 200)):
        pixels(content[:length])
    for _ in range(200):
        broken = bytearray(content[:600])
        broken[chance.randrange(len(broken))] = chance.randrange(256)
        found = pixels(bytes(broken))
        assert found is None or found >= 0


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff\xd8" + b"\xff" * 100, b"\xff\xd8\xff\xe0\0\0" * 50, b"RIFF....WEBPabcd", b"<svg/>"],
)
def test_what_is_no_picture_has_no_size(content: bytes) -> None:
    assert pixels(content) is None


def test_submission_and_engine_allow_the_same() -> None:
    assert MOST_PIXELS_OF_AN_ASSET == reading.MOST_PIXELS_OF_AN_ASSET
    assert MOST_PIXELS_AT_ONCE == reading.MOST_PIXELS_AT_ONCE
