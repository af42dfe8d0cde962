"""What can be made of the pictures and the sound of a composition: formats, qualities, a poster. Pure."""

from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Final

from render_engine.composition import Composition

LOW, MEDIUM, HIGH = "low", "medium", "high"
QUALITIES: Final = (LOW, MEDIUM, HIGH)
COLORS: Final = "range=tv:colorspace=bt709:color_primaries=bt709:color_trc=bt709"
# Colors are RGB up to here; the one conversion names its matrix, so that players show the same colors.
_YUV = f"scale=out_color_matrix=bt709:out_range=tv,format=yuv420p,setparams={COLORS}[video]"
_JPEG = "scale=out_color_matrix=smpte170m:out_range=pc,format=yuv420p[poster]"
_PALETTE = (
    # One palette for each picture: one for all of them would hold the whole video in memory.
    "format=rgb24,split[colors][pictures]",
    "[colors]palettegen=max_colors={colors}:stats_mode=single:reserve_transparent=0[palette]",
    "[pictures][palette]paletteuse=new=1:dither=sierra2_4a[video]",
)
_EXACT = ("-map_metadata", "-1", "-fflags", "+bitexact")


@dataclass(frozen=True, kw_only=True)
class Format:
    """A container with its encoders: of pictures by quality, and of the sound, if it has any."""

    name: str
    pictures: MappingProxyType[str, tuple[str, ...]]
    sound: tuple[str, ...]
    container: tuple[str, ...]


def _h264(crf: str) -> tuple[str, ...]:
    return ("-c:v", "libx264", "-preset", "veryfast", "-crf", crf, "-pix_fmt", "yuv420p")


def _vp9(crf: str) -> tuple[str, ...]:
    speed = ("-deadline", "realtime", "-cpu-used", "6", "-row-mt", "1")
    return ("-c:v", "libvpx-vp9", "-b:v", "0", "-crf", crf, *speed, "-pix_fmt", "yuv420p")


MP4: Final = Format(
    name="mp4",
    pictures=MappingProxyType({LOW: _h264("28"), MEDIUM: _h264("20"), HIGH: _h264("14")}),
    sound=("-c:a", "aac", "-b:a", "128k"),
    container=("-movflags", "+faststart", "-f", "mp4"),
)
WEBM: Final = Format(
    name="webm",
    pictures=MappingProxyType({LOW: _vp9("44"), MEDIUM: _vp9("33"), HIGH: _vp9("22")}),
    sound=("-c:a", "libopus", "-b:a", "128k"),
    container=("-f", "webm"),
)
GIF: Final = Format(
    name="gif",
    pictures=MappingProxyType(dict.fromkeys(QUALITIES, ("-c:v", "gif"))),
    sound=(),
    container=("-f", "gif"),
)
FORMATS: Final = MappingProxyType({one.name: one for one in (MP4, WEBM, GIF)})
COLORS_OF_GIF: Final = MappingProxyType({LOW: 32, MEDIUM: 128, HIGH: 256})


@dataclass(frozen=True, kw_only=True)
class Poster:
    """A picture of the video at a second."""

    at: float
    output: Path


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is made of a composition, and where to."""

    output: Path
    format: Format = MP4
    quality: str = MEDIUM
    poster: Poster | None = None
    mark: str | None = None
    """Words over the whole video."""

    @property
    def outputs(self) -> tuple[Path, ...]:
        """Every file that is written."""
        return (self.output, self.poster.output) if self.poster else (self.output,)

    def at(self, output: Path, poster: Path | None = None) -> "Wanted":
        """The same, written to other places."""
        moved = replace(self.poster, output=poster) if self.poster and poster else None
        return replace(self, output=output, poster=moved)


def pictures_out(chain: str, wanted: Wanted, composition: Composition) -> list[str]:
    """Chains from the pictures of `chain` to the pad `video`, and to `poster` when one is wanted."""
    chains = []
    if poster := wanted.poster:
        frame = min(round(poster.at * composition.rate), composition.frames - 1)
        chains = [
            f"{chain},split[moving][still]",
            f"[still]trim=start_frame={frame}:end_frame={frame + 1},{_JPEG}",
        ]
        chain = "[moving]null"
    if wanted.format is not GIF:
        return [*chains, f"{chain},{_YUV}"]
    split, generated, used = _PALETTE
    colors = COLORS_OF_GIF[wanted.quality]
    return [*chains, f"{chain},{split}", generated.format(colors=colors), used]


def arguments_out(wanted: Wanted, *, rate: int, sounds: bool) -> tuple[str, ...]:
    """Ffmpeg's arguments for everything that is written."""
    video = (
        *("-map", "[video]"),
        *(("-map", "[sound]", *wanted.format.sound) if sounds else ()),
        *wanted.format.pictures[wanted.quality],
        *("-r", str(rate)),
        *_EXACT,
        *wanted.format.container,
        f"file:{wanted.output}",
    )
    if not wanted.poster:
        return video
    jpeg = ("-frames:v", "1", "-c:v", "mjpeg", "-q:v", "2", *_EXACT, "-f", "image2", "-update", "1")
    return (*video, "-map", "[poster]", *jpeg, f"file:{wanted.poster.output}")
