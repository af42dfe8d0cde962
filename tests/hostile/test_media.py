"""Hostile media: bombs, playlists and odd codecs, as a tenant may upload them under an announced type."""

import io
import json
import struct
import subprocess
import zlib
from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from handlers.jobs.store import keys
from render_engine.children import find_ffmpeg
from render_engine.errors import Refused
from render_engine.footage import Footage
from render_engine.inspection import refuse_too_many_pixels
from render_engine.output.formats import Wanted
from render_engine.parsing import parse
from render_engine.plan import Material, plan
from render_engine.reading import GUARDS, MOST_PIXELS_AT_ONCE, MOST_PIXELS_OF_AN_ASSET, READABLE_CODECS

if TYPE_CHECKING:
    from httpx import Response

    from tests.handlers.job_server.fakes import World
    from tests.render_engine.conftest import Studio

SMALL: dict[str, object] = {"version": 1, "width": 64, "height": 36, "rate": 10}


def composition(*scenes: dict[str, object]) -> bytes:
    return json.dumps({**SMALL, "scenes": list(scenes)}).encode()


def picture(width: int, height: int) -> Footage:
    return Footage(
        path=Path("/media/x"),
        decoder=None,
        width=width,
        height=height,
        pixel_shape=Fraction(1),
        interlaced=False,
        matrix="bt709",
        primaries="bt709",
        transfer="bt709",
        color_range="tv",
        has_sound=False,
    )


def test_a_picture_in_a_hundred_scenes_is_decoded_once() -> None:
    """One of 785 KB and a hundred million pixels took 0.8 GB for each scene that named it."""
    scenes = [{"duration_s": 1, "image": {"asset": "x"}} for _ in range(100)]
    wanted = parse(composition(*scenes))
    material = Material(files={}, footage={"x": picture(10_000, 10_000)}, sounds={}, words={})
    work = plan(wanted, material, Wanted(output=Path("out.mp4")))
    assert work.arguments.count("file:/media/x") == 1
    assert "split=100[" in work.graph
    # What is kept for the scenes is as small as the frame.
    assert work.graph.index("scale=") < work.graph.index("split=100[")


def test_pictures_that_do_not_fit_into_memory_together_are_refused() -> None:
    scenes = [{"duration_s": 1, "image": {"asset": name}} for name in ("x", "y", "z")]
    footage = {name: picture(10_000, 8_000) for name in ("x", "y", "z")}
    with pytest.raises(Refused, match=str(MOST_PIXELS_AT_ONCE)) as refused:
        refuse_too_many_pixels(parse(composition(*scenes)), footage)
    assert refused.value.code == "asset_pixels_exceeded"
    refuse_too_many_pixels(parse(composition(*scenes[:2], *scenes[:2])), footage)


def test_a_film_counts_in_each_scene_that_shows_it() -> None:
    scenes = [{"duration_s": 1, "video": {"asset": "x"}} for _ in range(3)]
    with pytest.raises(Refused):
        refuse_too_many_pixels(parse(composition(*scenes)), {"x": picture(10_000, 8_000)})


def grown(small: tuple[int, int], large: tuple[int, int]) -> bytes:
    """A film of single pictures (MJPEG), the first of them small."""
    pictures = []
    for size in (small, large, large):
        content = io.BytesIO()
        Image.new("RGB", size, "red").save(content, "JPEG", quality=30)
        pictures.append(content.getvalue())
    return b"".join(pictures)


@pytest.mark.long
def test_a_film_that_grows_takes_no_more_than_its_share(studio: "Studio", tmp_path: Path) -> None:
    """One that begins with 64x36 pixels took 320 MiB in each scene that showed it."""
    (tmp_path / "film").write_bytes(grown((64, 36), (2_200, 2_200)))
    copy = ["-v", "error", "-framerate", "10", "-f", "mjpeg", "-i", str(tmp_path / "film")]
    made = [find_ffmpeg(), *copy, "-c", "copy", "-f", "matroska", str(studio.assets / "x")]
    subprocess.run(made, check=True)
    scene = {"duration_s": 0.2, "video": {"asset": "x"}}
    assert studio.render({**SMALL, "scenes": [scene] * 2}).code == 0, "a film may grow within the budget"
    ended = studio.render({**SMALL, "scenes": [scene] * 50})
    assert (ended.code, ended.error) == (2, "asset_pixels_exceeded"), ended


def test_a_file_of_hundreds_of_streams_is_refused(studio: "Studio") -> None:
    """One of three hundred took 15 MiB in each scene that showed it, all of them for one picture."""
    film = ["-f", "lavfi", "-i", "color=red:s=64x36:r=10:d=0.2", "-f", "lavfi", "-i", "sine=d=0.1:r=8000"]
    maps = ["-map", "0:v", *["-map", "1:a"] * 100, "-c:v", "mpeg4", "-c:a", "pcm_s16le", "-f", "matroska"]
    subprocess.run([find_ffmpeg(), "-v", "error", *film, *maps, str(studio.assets / "x")], check=True)
    ended = studio.render({**SMALL, "scenes": [{"duration_s": 0.2, "video": {"asset": "x"}}]})
    assert (ended.code, ended.error) == (2, "asset_unreadable"), ended


def test_each_film_gets_what_was_counted_or_an_equal_share_of_the_budget() -> None:
    scenes = [{"duration_s": 1, "video": {"asset": name}} for name in ("small", "large")] * 5
    footage = {"small": picture(64, 36), "large": picture(6_000, 5_000)}
    material = Material(files={}, footage=footage, sounds={}, words={})
    given = plan(parse(composition(*scenes)), material, Wanted(output=Path("out.mp4"))).arguments
    found = [int(given[place + 1]) for place, one in enumerate(given) if one == "-max_pixels"]
    assert set(found[1::2]) == {MOST_PIXELS_AT_ONCE // 10, 6_128 * 5_128}


def test_every_input_names_what_may_read_it() -> None:
    named = dict(zip(GUARDS[::2], GUARDS[1::2], strict=True))
    assert named["-codec_whitelist"] == READABLE_CODECS
    assert named["-protocol_whitelist"] == "file"
    assert len(READABLE_CODECS.split(",")) < 50


def submitted(world: "World", files: Mapping[str, bytes], scenes: list[dict[str, object]]) -> "Response":
    for asset, content in files.items():
        world.objects.stored[keys.asset_object("acme", asset)] = content
    return world.submit({"composition": {**SMALL, "scenes": scenes}})


def test_pictures_too_large_are_refused_when_they_are_submitted(world: "World") -> None:
    """They cost a queue, an instance and a message before anybody looked."""
    large, fits = "a_" + "1" * 26, "a_" + "2" * 26
    image = [{"duration_s": 1, "image": {"asset": one}} for one in (large, fits)]
    answer = submitted(world, {large: png(20_000, 20_000), fits: png(9_000, 9_000)}, image)
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["pointer"] == "/composition/scenes/0/image/asset"
    assert str(MOST_PIXELS_OF_AN_ASSET) in error["detail"]


def test_pictures_too_large_together_are_refused_when_they_are_submitted(world: "World") -> None:
    files = {f"a_{number}" + "0" * 25: png(10_000, 8_000) for number in range(3)}
    stills = [{"duration_s": 1, "image": {"asset": one}} for one in files]
    refused = submitted(world, files, stills)
    assert refused.status_code == 422
    assert "240000000 pixels together" in refused.json()["errors"][0]["detail"]
    assert submitted(world, files, [*stills[:2], *stills[:2]]).status_code == 202
    films = [{"duration_s": 1, "video": {"asset": next(iter(files))}}] * 3
    assert submitted(world, files, films).status_code == 422


def png(width: int, height: int) -> bytes:
    """A picture that claims to be larger than it is."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )


FILES: dict[str, bytes] = {
    "a picture of a billion pixels": png(40_000, 40_000),
    "an HLS playlist": b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n",
    "a concat script": b"ffconcat version 1.0\nfile /etc/passwd\n",
    "a scalable picture": b"<svg xmlns='http://www.w3.org/2000/svg'><image href='file:///etc/passwd'/></svg>",
    "a DASH manifest": b"<?xml version='1.0'?><MPD xmlns='urn:mpeg:dash:schema:mpd:2011'><Period/></MPD>",
    "an SDP description": b"v=0\no=- 0 0 IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\n",
    "subtitles": b"1\n00:00:00,000 --> 00:00:01,000\n{\\an8}text\n",
    "a shell script": b"#!/bin/sh\ntouch /tmp/owned\n",
    "nothing": b"",
    "zeros": b"\0" * 100_000,
}


@pytest.mark.short_form(2)
@pytest.mark.parametrize("what", FILES)
def test_a_file_that_is_no_picture_is_refused(studio: "Studio", what: str) -> None:
    (studio.assets / "x").write_bytes(FILES[what])
    ended = studio.render({**SMALL, "scenes": [{"duration_s": 1, "image": {"asset": "x"}}]})
    assert (ended.code, ended.error) == (2, "asset_unreadable"), ended
    assert "passwd" not in ended.detail
    assert not studio.output.exists()


ODD = {
    "Cinepak": ("-c:v", "cinepak", "-f", "avi"),
    "Flash": ("-c:v", "flv", "-f", "matroska"),
    "screen capture": ("-c:v", "zmbv", "-f", "avi"),
    "Snow": ("-c:v", "snow", "-strict", "-2", "-f", "avi"),
}


@pytest.mark.short_form(1)
@pytest.mark.parametrize("codec", ODD)
def test_a_codec_that_nobody_announces_is_not_decoded(
    studio: "Studio", asset: Callable[..., None], codec: str
) -> None:
    asset("x", "color=red:s=64x32:r=10:d=0.2", *ODD[codec])
    ended = studio.render({**SMALL, "scenes": [{"duration_s": 1, "video": {"asset": "x"}}]})
    assert (ended.code, ended.error) == (2, "asset_unreadable"), ended
