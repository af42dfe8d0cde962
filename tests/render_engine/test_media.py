"""Pictures and films of every kind, judged by the pixels that come out."""

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from render_engine.children import find_ffmpeg

if TYPE_CHECKING:
    from .conftest import Ended, Studio

WIDTH, HEIGHT = 160, 90
SMALL: dict[str, object] = {"version": 1, "width": WIDTH, "height": HEIGHT, "rate": 10}
RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)
H264 = ("-c:v", "libx264", "-pix_fmt", "yuv420p", "-f", "mp4")
MIDDLE = (WIDTH // 2, HEIGHT // 2)
Asset = Callable[..., None]


def show(studio: "Studio", kind: str = "video", **scene: object) -> "Ended":
    """Renders the asset `x` over blue."""
    shown = {"duration_s": 1, "background": "#0000ff", kind: {"asset": "x"}, **scene}
    ended = studio.render({**SMALL, "scenes": [shown]})
    assert ended.code == 0, ended
    return ended


def pixel(studio: "Studio", at: tuple[int, int] = MIDDLE, second: float = 0.5) -> tuple[int, int, int]:
    red, green, blue = studio.frame(second, width=WIDTH, height=HEIGHT).convert("RGB").getpixel(at)
    return red, green, blue


def near(found: tuple[int, int, int], wanted: tuple[int, int, int], by: int = 12) -> bool:
    return all(abs(one - other) <= by for one, other in zip(found, wanted, strict=True))


def columns(studio: "Studio", color: tuple[int, int, int]) -> tuple[int, int]:
    """The first and the last column of the middle row that have a color."""
    row = [near(pixel_, color, by=40) for pixel_ in row_of(studio)]
    return row.index(True), WIDTH - 1 - row[::-1].index(True)


def row_of(studio: "Studio") -> list[tuple[int, int, int]]:
    picture = studio.frame(0.5, width=WIDTH, height=HEIGHT)
    return [picture.getpixel((x, HEIGHT // 2)) for x in range(WIDTH)]


@pytest.mark.short_form(1)
@pytest.mark.parametrize(
    ("shape", "wide"),
    [
        pytest.param("4/3", 107, id="anamorphic 4:3 becomes 16:9"),
        pytest.param("1/1", 80, id="square"),
        pytest.param("1/2", 40, id="narrow"),
    ],
)
def test_a_film_is_as_wide_as_its_pixels_say(studio: "Studio", asset: Asset, shape: str, wide: int) -> None:
    asset("x", "color=red:s=80x90:r=10:d=1", "-vf", f"setsar={shape}", *H264)
    show(studio)
    first, last = columns(studio, RED)
    assert last - first + 1 == pytest.approx(wide, abs=2)


def test_a_film_that_says_it_lies_on_its_side_is_turned(studio: "Studio", asset: Asset) -> None:
    asset("flat", "color=red:s=64x32:r=10:d=1[a];color=lime:s=64x32:r=10:d=1[b];[a][b]hstack", *H264)
    command = [find_ffmpeg(), "-v", "error", "-display_rotation", "90", "-i", str(studio.assets / "flat")]
    subprocess.run([*command, "-c", "copy", "-f", "mp4", str(studio.assets / "x")], check=True)
    show(studio)
    assert near(pixel(studio, (80, 75)), RED)
    assert near(pixel(studio, (80, 15)), GREEN)
    assert near(pixel(studio, (40, 45)), BLUE)


def test_a_photograph_that_says_it_lies_on_its_side_is_turned(studio: "Studio") -> None:
    picture = Image.new("RGB", (80, 40), RED)
    picture.paste(BLUE, (40, 0, 80, 40))
    orientation = Image.Exif()
    orientation[0x112] = 6
    picture.save(studio.assets / "x", "JPEG", exif=orientation, quality=95)
    show(studio, "image", background="#00ff00")
    assert near(pixel(studio, (80, 20)), RED)
    assert near(pixel(studio, (80, 70)), BLUE)
    assert near(pixel(studio, (40, 45)), GREEN)


HDR = (
    "color=white:s=96x90:r=10:d=1,format=gbrp,"
    "geq=r='if(lt(X,32),255,if(lt(X,64),128,200))':g='if(lt(X,32),255,if(lt(X,64),128,30))'"
    ":b='if(lt(X,32),255,if(lt(X,64),128,30))',"
    "setparams=range=pc:color_primaries=bt709:color_trc=iec61966-2-1:colorspace=gbr,"
    "zscale=t=linear:npl=203,format=gbrpf32le,zscale=p=bt2020,"
    "zscale=t={transfer}:npl=203:m=bt2020nc:r=tv,format=yuv420p10le"
)


@pytest.mark.short_form(1)
@pytest.mark.parametrize("transfer", ["smpte2084", "arib-std-b67"], ids=["PQ", "HLG"])
def test_a_film_in_hdr_looks_like_its_ordinary_version(studio: "Studio", asset: Asset, transfer: str) -> None:
    asset("x", HDR.format(transfer=transfer), "-c:v", "libx264", "-qp", "4", "-f", "mp4")
    show(studio)
    assert min(pixel(studio, (48, 45))) > 215, "white stays white"
    assert near(pixel(studio, (80, 45)), (128, 128, 128)), "gray stays gray"
    assert near(pixel(studio, (112, 45)), (200, 30, 30), by=16), "red stays red"


@pytest.mark.long
def test_a_film_with_wide_colors_keeps_them(studio: "Studio", asset: Asset) -> None:
    source = HDR.format(transfer="bt709").replace("npl=203:m", "m").replace("linear:npl=203", "linear")
    asset("x", source, "-c:v", "libx264", "-qp", "4", "-f", "mp4")
    show(studio)
    assert near(pixel(studio, (112, 45)), (200, 30, 30), by=16)


@pytest.mark.short_form(1)
@pytest.mark.parametrize(
    ("height", "matrix"), [pytest.param(720, "bt709", id="HD"), pytest.param(576, "smpte170m", id="SD")]
)
def test_a_film_that_does_not_say_its_colors_means_those_of_its_size(
    studio: "Studio", asset: Asset, height: int, matrix: str
) -> None:
    source = (
        f"color=0x1E8C3C:s=64x{height}:r=10:d=1,format=gbrp,scale=out_color_matrix={matrix},format=yuv420p"
    )
    asset("x", f"{source},setparams=colorspace=unknown", *H264)
    show(studio)
    assert near(pixel(studio), (30, 140, 60), by=6)


HALF_RED = "color=red@0.5:s=64x64:r=10:d=1"
SEE_THROUGH = {
    "VP9": ("yuva420p", ("-c:v", "libvpx-vp9", "-f", "webm")),
    "VP8": ("yuva420p", ("-c:v", "libvpx", "-auto-alt-ref", "0", "-f", "webm")),
    "ProRes 4444": ("yuva444p10le", ("-c:v", "prores_ks", "-profile:v", "4444", "-f", "mov")),
    "QuickTime animation": ("argb", ("-c:v", "qtrle", "-f", "mov")),
    "PNG in QuickTime": ("rgba", ("-c:v", "png", "-f", "mov")),
    "FFV1": ("bgra", ("-c:v", "ffv1", "-f", "matroska")),
}


@pytest.mark.short_form(1)
@pytest.mark.parametrize("codec", sorted(SEE_THROUGH))
def test_what_lies_behind_a_transparent_film_shows_through(
    studio: "Studio", asset: Asset, codec: str
) -> None:
    pixel_format, options = SEE_THROUGH[codec]
    asset("x", f"{HALF_RED},format={pixel_format}", "-pix_fmt", pixel_format, *options)
    show(studio)
    assert near(pixel(studio), (127, 0, 127))


@pytest.mark.long
def test_a_transparent_film_stays_so_in_another_container(studio: "Studio", asset: Asset) -> None:
    pixels, codec = SEE_THROUGH["VP9"]
    asset("made", f"{HALF_RED},format={pixels}", *codec)
    # Its mark is written in capitals now.
    command = [find_ffmpeg(), "-v", "error", "-i", str(studio.assets / "made"), "-c", "copy"]
    subprocess.run([*command, "-f", "matroska", str(studio.assets / "x")], check=True)
    show(studio)
    assert near(pixel(studio), (127, 0, 127))


ANIMATIONS = {
    "WebP": ("black@0", ("-c:v", "libwebp_anim", "-lossless", "1", "-loop", "0", "-f", "webp")),
    "PNG": ("black@0", ("-pix_fmt", "rgba", "-plays", "0", "-f", "apng")),
    "GIF": ("blue", ("-f", "gif")),
}


@pytest.mark.short_form(1)
@pytest.mark.parametrize("kind", sorted(ANIMATIONS))
def test_an_animation_plays_as_a_video_and_stands_still_as_an_image(
    studio: "Studio", asset: Asset, kind: str
) -> None:
    last, options = ANIMATIONS[kind]
    colors = ";".join(
        f"color={color}:s=64x64:r=10:d=0.3,format=rgba[{color[:2]}]" for color in ("red", "lime", last)
    )
    asset("x", f"{colors};[re][li][{last[:2]}]concat=n=3", *options)
    show(studio)
    assert near(pixel(studio, second=0.1), RED)
    assert near(pixel(studio, second=0.4), GREEN)
    assert near(pixel(studio, second=0.7), BLUE), "the last picture shows what lies behind"
    assert near(pixel(studio, second=0.9), BLUE), "and it stays"
    show(studio, "image")
    assert [near(pixel(studio, second=second), RED) for second in (0.1, 0.9)] == [True, True]


@pytest.mark.short_form(2)
@pytest.mark.parametrize(
    "size",
    [(60_000, 1), (1, 1), (3000, 1), (1, 3000), (2, 3)],
    ids=lambda size: f"{size[0]}x{size[1]}",
)
def test_a_picture_of_any_shape_is_shown(studio: "Studio", size: tuple[int, int]) -> None:
    Image.new("RGB", size, (255, 255, 255)).save(studio.assets / "x", "PNG")
    show(studio, "image", background="#000000")
    picture = studio.frame(0.5, width=WIDTH, height=HEIGHT)
    seen = picture.convert("L").point(lambda light: 255 * (light > 90)).getbbox()
    assert seen is not None
    left, top, right, bottom = seen
    assert right - left == WIDTH or bottom - top == HEIGHT
    assert (left + right) / 2 == pytest.approx(WIDTH / 2, abs=1)
    assert (top + bottom) / 2 == pytest.approx(HEIGHT / 2, abs=1)


@pytest.mark.short_form(2)
@pytest.mark.parametrize(
    ("mode", "color", "wanted"),
    [
        ("L", 200, (200, 200, 200)),
        ("1", 1, (255, 255, 255)),
        ("I;16", 40000, (156, 156, 156)),
        ("LA", (200, 128), (100, 100, 227)),
        ("P", 0, (0, 0, 0)),
        ("CMYK", (0, 255, 255, 0), (255, 0, 0)),
        ("RGBA", (255, 0, 0, 0), (0, 0, 255)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_picture_of_any_pixel_format_is_shown(
    studio: "Studio", mode: str, color: int | tuple[int, ...], wanted: tuple[int, int, int]
) -> None:
    Image.new(mode, (64, 64), color).save(studio.assets / "x", "JPEG" if mode == "CMYK" else "PNG")
    show(studio, "image")
    assert near(pixel(studio), wanted)


@pytest.mark.short_form(1)
@pytest.mark.parametrize(
    "pixel_format",
    ["yuv422p10le", "gray", "gbrp12le", "yuv444p", "yuvj420p", "nv12", "yuv410p", "rgb48le"],
)
def test_a_film_of_any_pixel_format_is_shown(studio: "Studio", asset: Asset, pixel_format: str) -> None:
    codec = "rawvideo" if pixel_format == "nv12" else "ffv1"
    asset("x", "color=white:s=64x64:r=10:d=1", "-pix_fmt", pixel_format, "-c:v", codec, "-f", "matroska")
    show(studio)
    assert near(pixel(studio), (255, 255, 255))


def test_a_film_with_pictures_of_unequal_length_keeps_its_times(studio: "Studio", asset: Asset) -> None:
    source = "color=red:s=64x64:r=10:d=0.1[a];color=lime:s=64x64:r=10:d=0.6[b];[a][b]concat"
    source += ",setpts='if(eq(N,0),0,if(lt(N,4),0.7+N*0.1,1+N*0.01))/TB'"
    asset("x", source, "-fps_mode", "vfr", *H264)
    show(studio)
    assert near(pixel(studio, second=0.5), RED)
    assert near(pixel(studio, second=0.9), GREEN)


def test_half_pictures_become_whole_ones(studio: "Studio", asset: Asset) -> None:
    """A bar that has moved between two fields has teeth when nobody parts them."""
    bar = "color=white:s=160x80:r=20:d=1,geq=lum='255*lt(mod(X+160-8*N,160),40)':cb=128:cr=128"
    asset("x", f"{bar},interlace", "-flags", "+ilme+ildct", *H264)
    show(studio)
    light = np.asarray(studio.frame(0.5, width=WIDTH, height=HEIGHT).convert("L"), dtype=np.int16)[10:80]
    assert (np.abs(np.diff(light, axis=0)) > 100).sum() == 0


def test_a_video_says_what_its_colors_mean(studio: "Studio") -> None:
    ended = studio.render({**SMALL, "scenes": [{"duration_s": 1, "background": "#1e8c3c"}]})
    assert ended.code == 0, ended
    said = subprocess.run(
        [find_ffmpeg(), "-hide_banner", "-i", str(studio.output)], check=False, capture_output=True, text=True
    ).stderr
    assert re.search(r"yuv420p\(tv, bt709, progressive\)", said), said
    assert near(pixel(studio), (30, 140, 60), by=4)


def test_a_film_that_can_be_opened_but_not_be_used_is_refused_for_good(
    studio: "Studio", asset: Asset
) -> None:
    """Nearly every picture is damaged; another attempt would change nothing."""
    asset("x", "testsrc2=s=160x90:r=10:d=8", "-g", "1", *H264)
    raw = bytearray((studio.assets / "x").read_bytes())
    begin, end = raw.index(b"mdat") + 12_000, raw.rindex(b"moov") - 4
    raw[begin:end] = bytes(0xFF for _ in range(begin, end))
    (studio.assets / "x").write_bytes(raw)
    scene = {"duration_s": 8, "video": {"asset": "x"}}
    ended = studio.render({**SMALL, "scenes": [scene]})
    assert (ended.code, ended.error) == (2, "asset_unreadable"), ended
    assert "x" in ended.detail
    assert studio.leftovers() == []


@pytest.mark.short_form(1)
@pytest.mark.parametrize(
    "source", ["color=red:s=64x36:r=60", "color=red:s=64x36:r=25"], ids=["a sixtieth of a second", "a still"]
)
def test_a_film_shorter_than_one_picture_of_the_video_is_shown(
    studio: "Studio", asset: Asset, source: str
) -> None:
    codec = H264 if source.endswith("60") else ("-c:v", "png", "-f", "image2pipe")
    asset("x", source, "-frames:v", "1", *codec)
    show(studio)
    assert near(pixel(studio, second=0), RED)
    assert near(pixel(studio, second=0.9), RED)


def test_a_film_that_changes_its_size_goes_on(studio: "Studio", asset: Asset) -> None:
    asset("x", "color=red:s=80x46:r=10:d=0.5", "-c:v", "mpeg2video", "-f", "mpegts")
    asset("later", "color=lime:s=160x90:r=10:d=0.5", "-c:v", "mpeg2video", "-f", "mpegts")
    both = (studio.assets / "x").read_bytes() + (studio.assets / "later").read_bytes()
    (studio.assets / "x").write_bytes(both)
    show(studio)
    assert near(pixel(studio, second=0.2), RED)
    assert near(pixel(studio, second=0.8), GREEN)


NOISE = "testsrc2=s=160x90:r=10:d=4"
CUT_SHORT: dict[str, tuple[str, tuple[str, ...]]] = {
    "JPEG": ("image", ("-frames:v", "1", "-c:v", "mjpeg", "-f", "image2pipe")),
    "GIF": ("video", ("-f", "gif")),
    "MP4": ("video", (*H264, "-movflags", "+faststart")),
    "fragmented MP4": ("video", (*H264, "-g", "5", "-movflags", "+frag_keyframe+empty_moov")),
    "Matroska": ("video", ("-c:v", "libx264", "-f", "matroska")),
}


def cut(studio: "Studio", share: float) -> None:
    whole = (studio.assets / "x").read_bytes()
    (studio.assets / "x").write_bytes(whole[: int(len(whole) * share)])


@pytest.mark.short_form(1)
@pytest.mark.parametrize("container", list(CUT_SHORT))
def test_a_file_that_ends_too_early_makes_no_video(studio: "Studio", asset: Asset, container: str) -> None:
    kind, made = CUT_SHORT[container]
    asset("x", NOISE, *made)
    cut(studio, 0.6)
    ended = studio.render({**SMALL, "scenes": [{"duration_s": 4, kind: {"asset": "x"}}]})
    assert (ended.code, ended.error) == (2, "asset_unreadable")
    assert "Asset x is cut short" in ended.detail
    assert studio.leftovers() == []


def test_a_progressive_photograph_that_ends_too_early_makes_no_video(studio: "Studio") -> None:
    Image.effect_noise((400, 300), 90).save(studio.assets / "x", "JPEG", progressive=True)
    cut(studio, 0.6)
    ended = studio.render({**SMALL, "scenes": [{"duration_s": 1, "image": {"asset": "x"}}]})
    assert (ended.code, ended.error) == (2, "asset_unreadable")


@pytest.mark.long
def test_what_is_missing_behind_the_part_that_is_shown_does_no_harm(studio: "Studio", asset: Asset) -> None:
    asset("x", NOISE.replace("d=4", "d=30"), *H264, "-movflags", "+faststart")
    cut(studio, 0.9)
    show(studio)


def test_a_picture_of_tiles_is_refused_instead_of_shown_by_its_first_tile(studio: "Studio") -> None:
    # Phones save large pictures so, in HEIC; this one is in AVIF, a red tile beside a green one.
    shutil.copy(Path(__file__).with_name("tiles.avif"), studio.assets / "x")
    ended = studio.render({**SMALL, "scenes": [{"duration_s": 1, "image": {"asset": "x"}}]})
    assert (ended.code, ended.error) == (2, "asset_unreadable")
    assert "Asset x is made of tiles" in ended.detail


def test_a_picture_that_is_too_large_is_refused_with_what_is_allowed(studio: "Studio") -> None:
    Image.new("1", (11_000, 10_000)).save(studio.assets / "x", "PNG", compress_level=1)
    ended = studio.render({**SMALL, "scenes": [{"duration_s": 1, "image": {"asset": "x"}}]})
    assert (ended.code, ended.error) == (2, "asset_unreadable")
    assert "Asset x has 11000x10000 pixels; at most 100000000 are allowed" in ended.detail
