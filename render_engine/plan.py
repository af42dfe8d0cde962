"""Turns a composition into ffmpeg's arguments. Pure: no file is read, nothing is started.

The child runs inside its own folder, where the font and the texts lie under fixed names. So nothing that a
customer wrote ever becomes part of a filter description, and there is nothing to escape.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from render_engine.composition import Audio, Composition, Scene, Text
from render_engine.wrapping import wrap

FONT_NAME = "font.ttf"
SAMPLE_RATE = 48000
# A playlist or a concat script as an asset could otherwise read other files or the network.
READABLE_FORMATS = (
    "mov,matroska,avi,mpegts,gif,wav,mp3,flac,ogg,aac,png_pipe,jpeg_pipe,webp_pipe,bmp_pipe,tiff_pipe"
)
MOST_PIXELS_OF_AN_ASSET = 100_000_000
GUARDS = (
    "-protocol_whitelist",
    "file",
    "-format_whitelist",
    READABLE_FORMATS,
    "-max_pixels",
    str(MOST_PIXELS_OF_AN_ASSET),
)
QUIET = ("-hide_banner", "-nostdin", "-v", "error")
ENCODING = (
    *("-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-pix_fmt", "yuv420p"),
    *("-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv"),
)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What to run: arguments after the binary, the files to lay beside it, and how many frames come out."""

    arguments: tuple[str, ...]
    texts: Mapping[str, str]
    frames: int


@dataclass
class _Graph:
    """Chains of filters, and the inputs they read."""

    inputs: list[str] = field(default_factory=list)
    chains: list[str] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)

    def read(self, path: Path) -> str:
        """The pad name of an input file, to be completed by `:v` or `:a`."""
        self.inputs.append(f"file:{path}")
        return str(len(self.inputs) - 1)


def plan(composition: Composition, assets: Mapping[str, Path], output: Path) -> Plan:
    """The whole child process for one video; `assets` gives the file of every named asset."""
    graph = _Graph()
    labels = [
        _scene(graph, place, scene, composition, assets) for place, scene in enumerate(composition.scenes)
    ]
    _join(graph, labels, composition)
    mapped = ["-map", "[video]"]
    if composition.audio:
        _sound(graph, composition.audio, composition, assets)
        mapped += ["-map", "[sound]", "-c:a", "aac", "-b:a", "128k"]
    reads = [part for path in graph.inputs for part in (*GUARDS, "-i", path)]
    arguments = (
        *QUIET,
        *("-progress", "pipe:1", "-stats_period", "0.2", "-y"),
        *reads,
        *("-filter_complex", ";".join(graph.chains)),
        *mapped,
        *ENCODING,
        *(
            "-r",
            str(composition.rate),
            "-map_metadata",
            "-1",
            "-fflags",
            "+bitexact",
            "-movflags",
            "+faststart",
        ),
        *("-f", "mp4", f"file:{output}"),
    )
    return Plan(arguments=arguments, texts=graph.texts, frames=composition.frames)


def _scene(
    graph: _Graph, place: int, scene: Scene, composition: Composition, assets: Mapping[str, Path]
) -> str:
    width, height, rate = composition.width, composition.height, composition.rate
    exact = f"trim=end_frame={scene.frames}"
    canvas = f"color=c={_color(scene.background)}:s={width}x{height}:r={rate},{exact},format=gbrp"
    if scene.media:
        source = graph.read(assets[scene.media.asset])
        still = f"fps={rate}," if scene.media.moving else "trim=end_frame=1,"
        fitted = f"scale={width}:{height}:force_original_aspect_ratio=decrease,setsar=1,format=gbrap"
        graph.chains.append(f"[{source}:v:0]{still}setpts=PTS-STARTPTS,{fitted}[media{place}]")
        graph.chains.append(f"{canvas}[canvas{place}]")
        over = "overlay=x=(W-w)/2:y=(H-h)/2:eof_action=repeat:format=gbrp"
        canvas = f"[canvas{place}][media{place}]{over},{exact}"
    if scene.text:
        name = f"text{place}.txt"
        graph.texts[name] = wrap(scene.text.content, width=width, size=scene.text.size)
        canvas += f",{_words(scene.text, name)}"
    graph.chains.append(f"{canvas},setsar=1,settb=1/{rate}[scene{place}]")
    return f"scene{place}"


def _words(text: Text, name: str) -> str:
    heights = {"center": "(h-text_h)/2", "top": "h*0.08", "bottom": "h*0.92-text_h"}
    return (
        f"drawtext=fontfile={FONT_NAME}:textfile={name}:expansion=none:fontsize={text.size}"
        f":fontcolor={_color(text.color)}:x=(w-text_w)/2:y={heights[text.position]}:text_align=C"
        f":line_spacing={text.size // 5}"
    )


def _join(graph: _Graph, labels: list[str], composition: Composition) -> None:
    """Joins the scenes: plain neighbors in one go, then the joined stretches by their transitions."""
    rate = composition.rate
    current, length = labels[0], composition.scenes[0].frames
    run = [current]
    for place, scene in enumerate(composition.scenes[1:], start=1):
        length += scene.frames
        if scene.entrance is None:
            run.append(labels[place])
            continue
        current = _concatenated(graph, run, place, rate)
        # The stretch that ends here already contains every frame before this scene.
        length -= scene.entrance.frames
        offset = (length - scene.frames) / rate
        lasting = scene.entrance.frames / rate
        fade = f"xfade=transition={scene.entrance.kind}:duration={lasting:.6f}:offset={offset:.6f}"
        graph.chains.append(f"[{current}][{labels[place]}]{fade},settb=1/{rate}[faded{place}]")
        run = [f"faded{place}"]
    current = _concatenated(graph, run, len(labels), rate)
    # Colors are RGB up to here; the one conversion names its matrix, so that players show the same colors.
    final = f"trim=end_frame={composition.frames},scale=out_color_matrix=bt709:out_range=tv,format=yuv420p"
    graph.chains.append(f"[{current}]{final}[video]")


def _concatenated(graph: _Graph, run: list[str], place: int, rate: int) -> str:
    if len(run) == 1:
        return run[0]
    pads = "".join(f"[{label}]" for label in run)
    graph.chains.append(f"{pads}concat=n={len(run)}:v=1:a=0,settb=1/{rate},fps={rate}[joined{place}]")
    return f"joined{place}"


def _sound(graph: _Graph, audio: Audio, composition: Composition, assets: Mapping[str, Path]) -> None:
    if audio.asset:
        source = f"[{graph.read(assets[audio.asset])}:a:0]aresample={SAMPLE_RATE},apad"
    else:
        source = f"sine=frequency={audio.tone_hz:g}:sample_rate={SAMPLE_RATE}"
    until = f"atrim=end={composition.seconds:.6f}"
    graph.chains.append(f"{source},{until},aformat=channel_layouts=stereo[sound]")


def _color(value: str) -> str:
    return "0x" + value.removeprefix("#")
