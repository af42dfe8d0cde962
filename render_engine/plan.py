"""Turns a composition into ffmpeg's arguments. Pure: no file is read, nothing is started.

Words come as pictures that `typesetting` has drawn, so nothing that a customer wrote ever becomes part of a
filter description, and there is nothing to escape.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from render_engine.captions.spans import Strip
from render_engine.composition import Composition, Media
from render_engine.footage import Footage
from render_engine.motion import Motion
from render_engine.output.formats import Wanted, arguments_out, pictures_out
from render_engine.reading import (
    GUARDS,
    GUARDS_OF_LISTS,
    MOST_PIXELS_AT_ONCE,
    MOST_PIXELS_OF_AN_ASSET,
    beginning_at,
)
from render_engine.sound import mixed
from render_engine.timeline import Blend, Stretch, timeline

LARGEST_PADDING = 128
"""Pixels that a decoder adds to width and height, at most: blocks of a codec, and a rotated picture's."""
QUIET = ("-hide_banner", "-nostdin", "-v", "error")
GRAPH_NAME = "graph"
"""The file of the graph: as an argument, that of a hundred scenes is longer than Linux allows."""


@dataclass(frozen=True, kw_only=True)
class Placed:
    """A picture of words, as a file in the folder of the child, where it stands, and how it gets there."""

    name: str
    x: int
    y: int
    motion: Motion | None = None


@dataclass(frozen=True, kw_only=True)
class Material:
    """What the composition names: files, what they show and in which channels they sound; words drawn."""

    files: Mapping[str, Path]
    footage: Mapping[str, Footage]
    sounds: Mapping[str, str]
    words: Mapping[int, Placed]
    captions: Strip | None = None
    mark: Placed | None = None


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What to run: arguments after the binary, the graph of filters, and how many frames come out."""

    arguments: tuple[str, ...]
    graph: str
    frames: int


@dataclass(kw_only=True)
class _Graph:
    """Chains of filters, and the inputs that they read."""

    composition: Composition
    material: Material
    inputs: list[tuple[str, ...]] = field(default_factory=list)
    chains: list[str] = field(default_factory=list)
    stills: dict[str, dict[str, list[str]]] = field(default_factory=dict)

    def read(self, *options: str, file: str) -> str:
        """The number of a new input."""
        self.inputs.append((*GUARDS, *options, "-i", f"file:{file}"))
        return str(len(self.inputs) - 1)

    def read_list(self, name: str) -> str:
        """The number of a new input: a script of the engine's own, which names pictures of its own."""
        self.inputs.append((*GUARDS_OF_LISTS, "-f", "concat", "-safe", "0", "-i", f"file:{name}"))
        return str(len(self.inputs) - 1)

    def still(self, media: Media) -> str:
        """The pad of one more use of a first picture, which is decoded once and fitted once for each fit."""
        by_fit = self.stills.setdefault(media.asset, {})
        pads = by_fit.setdefault(media.fit, [])
        place = f"still{list(self.stills).index(media.asset)}fit{list(by_fit).index(media.fit)}"
        pads.append(f"{place}use{len(pads)}")
        return pads[-1]

    def hear(self, asset: str, trim: float) -> str:
        """The number of a new input of which only the sound is read."""
        return self.read("-vn", *beginning_at(trim), file=str(self.material.files[asset]))


def plan(composition: Composition, material: Material, wanted: Wanted) -> Plan:
    """The whole child process for one video."""
    graph = _Graph(composition=composition, material=material)
    graph.chains += pictures_out(_pictures(graph), wanted, composition)
    _stills(graph)
    sound = mixed(composition, material.sounds, graph.hear) if wanted.format.sound else []
    graph.chains.extend(sound)
    arguments = (
        *QUIET,
        *("-progress", "pipe:1", "-stats_period", "0.2", "-y"),
        *(part for one in graph.inputs for part in one),
        *("-/filter_complex", GRAPH_NAME),
        *arguments_out(wanted, rate=composition.rate, sounds=bool(sound)),
    )
    return Plan(arguments=arguments, graph=";\n".join(graph.chains), frames=composition.frames)


def _pictures(graph: _Graph) -> str:
    """Every part of the timeline as a stream of its own, one after the other; a chain that lacks its end."""
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
    # By frames, not by time: how long a part of a single frame lasts `concat` does not know.
    exact = f"settb=1/{rate},setpts=N,fps={rate},trim=end_frame={graph.composition.frames}"
    whole = f"{pads}concat=n={len(parts)}:v=1:a=0,{exact}"
    if strip := graph.material.captions:
        captions = f"[{graph.read_list(strip.name)}:v:0]format=gbrap"
        whole = _over(graph, whole, captions, "captions", f"{strip.x}:{strip.y}")
        whole += f",trim=end_frame={graph.composition.frames}"
    # Above everything, so that nothing covers it.
    if mark := graph.material.mark:
        picture = f"[{graph.read(file=mark.name)}:v:0]format=gbrap"
        whole = _over(graph, whole, picture, "mark", f"{mark.x}:{mark.y}")
        whole += f",trim=end_frame={graph.composition.frames}"
    return whole


def _stills(graph: _Graph) -> None:
    """Each picture once, already as small as its frame, however many scenes show it."""
    width, height = graph.composition.width, graph.composition.height
    for number, (asset, by_fit) in enumerate(graph.stills.items()):
        footage = graph.material.footage[asset]
        whole = "".join(f"[still{number}fit{place}]" for place in range(len(by_fit)))
        graph.chains.append(
            f"[{_open(graph, footage)}:V:0]trim=end_frame=1,setpts=PTS-STARTPTS,split={len(by_fit)}{whole}"
        )
        for place, (fit, pads) in enumerate(by_fit.items()):
            uses = "".join(f"[{pad}]" for pad in pads)
            fitted = footage.filters(width, height, fit)
            graph.chains.append(f"[still{number}fit{place}]{fitted},split={len(pads)}{uses}")


def _open(graph: _Graph, footage: Footage, trim: float = 0) -> str:
    # A video that changes its size goes through the same filters instead of restarting all of them.
    options = ("-an", "-reinit_filter", "0", *most_pixels(graph.composition, footage), *footage.decoding)
    return graph.read(*beginning_at(trim), *options, file=str(footage.path))


def most_pixels(composition: Composition, footage: Footage) -> tuple[str, str]:
    """What was counted is the first picture; later ones may be larger, up to the input's share of the budget.

    Otherwise a film that begins small holds as much as its largest picture in each scene that shows it.
    """
    shown = sum(1 for scene in composition.scenes if scene.media)
    counted = (footage.width + LARGEST_PADDING) * (footage.height + LARGEST_PADDING)
    share = max(counted, MOST_PIXELS_AT_ONCE // shown)
    return "-max_pixels", str(min(share, MOST_PIXELS_OF_AN_ASSET))


def _stretch(graph: _Graph, stretch: Stretch, label: str) -> str:
    composition, scene = graph.composition, graph.composition.scenes[stretch.place]
    size = f"{composition.width}x{composition.height}"
    exact = f"trim=end_frame={stretch.frames}"
    canvas = f"color=c={_color(scene.background)}:s={size}:r={composition.rate},{exact},format=gbrp"
    if scene.media:
        media = _media(graph, stretch, scene.media)
        canvas = _over(graph, canvas, media, f"{label}media", "(W-w)/2:(H-h)/2") + f",{exact}"
    words = graph.material.words.get(stretch.place)
    if words and not (words.motion and stretch.start + stretch.frames <= words.motion.start):
        picture, place = f"[{graph.read(file=words.name)}:v:0]format=gbrap", f"{words.x}:{words.y}"
        if words.motion:
            picture += "," + words.motion.pictures(first=stretch.start, rate=composition.rate)
            place = words.motion.place(words.x, words.y, first=stretch.start)
        canvas = _over(graph, canvas, picture, f"{label}words", place) + f",{exact}"
    graph.chains.append(f"{canvas},setsar=1,settb=1/{composition.rate}[{label}]")
    return label


def _over(graph: _Graph, below: str, above: str, label: str, place: str) -> str:
    """One picture laid over another; when its own pictures have ended, its last one stays."""
    graph.chains += [f"{below}[{label}below]", f"{above}[{label}above]"]
    return f"[{label}below][{label}above]overlay={place}:eof_action=repeat:format=gbrp"


def _media(graph: _Graph, stretch: Stretch, media: Media) -> str:
    """The pictures of an asset for these frames; a film that is too short rests on its last one."""
    if not media.moving:
        return f"[{graph.still(media)}]null"
    footage = graph.material.footage[media.asset]
    rate, end = graph.composition.rate, stretch.start + stretch.frames
    shown = f"{footage.weaving}fps={rate}:start_time=0:eof_action=pass,tpad=stop_mode=clone:stop=-1"
    shown += f",trim=start_frame={stretch.start}:end_frame={end}"
    fitted = footage.filters(graph.composition.width, graph.composition.height, media.fit)
    return f"[{_open(graph, footage, media.trim)}:V:0]{shown},setpts=PTS-STARTPTS,{fitted}"


def _color(value: str) -> str:
    return "0x" + value.removeprefix("#")
