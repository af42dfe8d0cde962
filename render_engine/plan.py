"""Turns a composition into ffmpeg's arguments. Pure: no file is read, nothing is started.

The child runs inside its own folder, where the font and the texts lie under fixed names. So nothing that a
customer wrote ever becomes part of a filter description, and there is nothing to escape.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from render_engine.composition import Audio, Composition, Text
from render_engine.timeline import Blend, Stretch, timeline
from render_engine.wrapping import wrap

FONT_NAME = "font.ttf"
SAMPLE_RATE = 48000
# A playlist or a concat script as an asset could otherwise read other files or the network.
READABLE_FORMATS = (
    "mov,matroska,avi,mpegts,gif,wav,mp3,flac,ogg,aac,png_pipe,jpeg_pipe,webp_pipe,bmp_pipe,tiff_pipe"
)
MOST_PIXELS_OF_AN_ASSET = 100_000_000
GUARDS = (
    *("-threads", "1"),  # every decoder exists at once, and each thread holds pictures
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


@dataclass(kw_only=True)
class _Graph:
    """Chains of filters, and the inputs and texts that they read."""

    composition: Composition
    assets: Mapping[str, Path]
    inputs: list[str] = field(default_factory=list)
    chains: list[str] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)

    def read(self, asset: str) -> str:
        """The number of a new input that reads the asset's file."""
        self.inputs.append(f"file:{self.assets[asset]}")
        return str(len(self.inputs) - 1)


def plan(composition: Composition, assets: Mapping[str, Path], output: Path) -> Plan:
    """The whole child process for one video; `assets` gives the file of every named asset."""
    graph = _Graph(composition=composition, assets=assets)
    _pictures(graph)
    mapped = ["-map", "[video]"]
    if composition.audio:
        _sound(graph, composition.audio)
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


def _pictures(graph: _Graph) -> None:
    """Every part of the timeline as a stream of its own, one after the other."""
    rate = graph.composition.rate
    parts = timeline(graph.composition)
    for number, part in enumerate(parts):
        if isinstance(part, Blend):
            leaving = _stretch(graph, part.leaving, f"leaving{number}")
            entering = _stretch(graph, part.entering, f"entering{number}")
            fade = f"xfade=transition={part.kind}:duration={part.entering.frames / rate:.6f}:offset=0"
            graph.chains.append(f"[{leaving}][{entering}]{fade},settb=1/{rate}[part{number}]")
        else:
            _stretch(graph, part, f"part{number}")
    pads = "".join(f"[part{number}]" for number in range(len(parts)))
    # Colors are RGB up to here; the one conversion names its matrix, so that players show the same colors.
    final = f"fps={rate},trim=end_frame={graph.composition.frames},scale=out_color_matrix=bt709:out_range=tv"
    graph.chains.append(f"{pads}concat=n={len(parts)}:v=1:a=0,settb=1/{rate},{final},format=yuv420p[video]")


def _stretch(graph: _Graph, stretch: Stretch, label: str) -> str:
    composition, scene = graph.composition, graph.composition.scenes[stretch.place]
    width, height, rate = composition.width, composition.height, composition.rate
    exact = f"trim=end_frame={stretch.frames}"
    canvas = f"color=c={_color(scene.background)}:s={width}x{height}:r={rate},{exact},format=gbrp"
    if scene.media:
        shown = _moving(stretch, rate) if scene.media.moving else "trim=end_frame=1"
        fitted = f"scale={width}:{height}:force_original_aspect_ratio=decrease,setsar=1,format=gbrap"
        source = graph.read(scene.media.asset)
        graph.chains.append(f"[{source}:v:0]{shown},setpts=PTS-STARTPTS,{fitted}[{label}media]")
        graph.chains.append(f"{canvas}[{label}canvas]")
        over = "overlay=x=(W-w)/2:y=(H-h)/2:eof_action=repeat:format=gbrp"
        canvas = f"[{label}canvas][{label}media]{over},{exact}"
    if scene.text:
        name = f"text{stretch.place}.txt"
        graph.texts[name] = wrap(scene.text.content, width=width, size=scene.text.size)
        canvas += f",{_words(scene.text, name)}"
    graph.chains.append(f"{canvas},setsar=1,settb=1/{rate}[{label}]")
    return label


def _moving(stretch: Stretch, rate: int) -> str:
    """These frames of a film; one that is too short rests on its last picture."""
    end = stretch.start + stretch.frames
    return f"fps={rate},tpad=stop_mode=clone:stop=-1,trim=start_frame={stretch.start}:end_frame={end}"


def _words(text: Text, name: str) -> str:
    heights = {"center": "(h-text_h)/2", "top": "h*0.08", "bottom": "h*0.92-text_h"}
    return (
        f"drawtext=fontfile={FONT_NAME}:textfile={name}:expansion=none:fontsize={text.size}"
        f":fontcolor={_color(text.color)}:x=(w-text_w)/2:y={heights[text.position]}:text_align=C"
        f":line_spacing={text.size // 5}"
    )


def _sound(graph: _Graph, audio: Audio) -> None:
    if audio.asset:
        source = f"[{graph.read(audio.asset)}:a:0]aresample={SAMPLE_RATE},apad"
    else:
        source = f"sine=frequency={audio.tone_hz:g}:sample_rate={SAMPLE_RATE}"
    until = f"atrim=end={graph.composition.seconds:.6f}"
    graph.chains.append(f"{source},{until},aformat=channel_layouts=stereo[sound]")


def _color(value: str) -> str:
    return "0x" + value.removeprefix("#")
