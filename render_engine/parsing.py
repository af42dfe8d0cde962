"""Parses a composition file into a checked `Composition` and reports all complaints at once.

To add a field, read it here from its `Fields` (a field that no function reads is refused as unknown) into a
class of render_engine/composition.py, and act on it in render_engine/plan.py (pictures, films, timing),
sound.py or text/. The engine stands alone, so its limits repeat those of the composition schema,
handlers/jobs/composition.schema.json; tests/contracts/test_composition_fields.py proves that they agree.
"""

import json
from dataclasses import replace

from render_engine.composition import (
    COMPOSITION_VERSION,
    CONTAIN,
    FITS,
    MAX_OUTLINE,
    MAX_PADDING,
    MAX_PIXELS,
    MAX_RATE,
    MAX_SCENES,
    MAX_SECONDS,
    MAX_TEXT,
    MAX_TRIM_SECONDS,
    MAX_VOLUME,
    MIN_PIXELS,
    MIN_RATE,
    MOTIONS,
    POSITIONS,
    TRANSITIONS,
    Audio,
    Box,
    Captions,
    Composition,
    Media,
    Outline,
    Scene,
    Text,
    Transition,
)
from render_engine.errors import Refused
from render_engine.fields import Fields
from render_engine.lengths import exactly, frames_within, nearest_frames

COMPLAINTS_SHOWN = 10
TEXT_SIZES = (4, 1000)
TONES_HZ = (20, 20000)
DEFAULT_TRANSITION_SECONDS = 0.5
NONE = "none"


def parse(raw: bytes) -> Composition:
    """The composition in `raw`.

    Raises:
        Refused: with code `composition_invalid`, naming every field that is wrong.
    """
    try:
        document = json.loads(raw.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise Refused(
            "composition_invalid", f"The composition is not JSON in UTF-8: {str(error)[:120]}."
        ) from error
    if not isinstance(document, dict):
        raise Refused("composition_invalid", "The composition must be a JSON object.")
    top = Fields(path="", values=document)
    composition = _composition(top)
    if top.complaints:
        shown = " ".join(top.complaints[:COMPLAINTS_SHOWN])
        more = len(top.complaints) - COMPLAINTS_SHOWN
        raise Refused("composition_invalid", shown + (f" And {more} more." if more > 0 else ""))
    return composition


def _composition(top: Fields) -> Composition:
    top.whole("version", low=COMPOSITION_VERSION, high=COMPOSITION_VERSION)
    rate = top.whole("rate", low=MIN_RATE, high=MAX_RATE)
    height = top.whole("height", low=MIN_PIXELS, high=MAX_PIXELS, even=True)
    width = top.whole("width", low=MIN_PIXELS, high=MAX_PIXELS, even=True)
    background = top.color("background", default="#000000")
    listed = top.get("scenes")
    if not isinstance(listed, list) or not 1 <= len(listed) <= MAX_SCENES:
        top.complain("scenes", f"must be a list of 1 to {MAX_SCENES} scenes.")
        listed = []
    scenes = tuple(
        _scene(top.object_at(f"scenes[{index}]", value), rate=rate, background=background)
        for index, value in enumerate(listed)
    )
    _check_lengths(top, scenes)
    audio = _audio(top.child("audio"))
    captions = _captions(top.child("captions"))
    top.refuse_others()
    composition = Composition(
        width=width, height=height, rate=rate, scenes=scenes, audio=audio, captions=captions
    )
    if audio and (exactly(audio.fade_in) + exactly(audio.fade_out)) * rate > composition.frames:
        top.complain("audio", f"fades in and out for longer than the {composition.seconds:g} s of the video.")
    return composition


def _scene(fields: Fields, *, rate: int, background: str) -> Scene:
    seconds = exactly(fields.number("duration_s", low=0, high=MAX_SECONDS))
    frames = nearest_frames(seconds, rate)
    if fields.has("duration_s") and not frames:
        fields.complain("duration_s", f"is {seconds:g}, shorter than one frame at {rate} frames a second.")
    image, video = fields.child("image"), fields.child("video")
    if image and video:
        fields.complain("video", "cannot be combined with an image; a scene has one or the other.")
    scene = Scene(
        seconds=seconds,
        frames=frames,
        background=fields.color("background", default=background),
        text=_text(fields.child("text")),
        media=_picture(image) or _film(video),
        entrance=_transition(fields.child("transition"), rate),
    )
    fields.refuse_others()
    return scene


def _text(fields: Fields | None) -> Text | None:
    if fields is None:
        return None
    motion = fields.choice("motion", allowed=(*MOTIONS, NONE), default=NONE)
    text = replace(
        _style(fields, position="center"),
        content=fields.text("content", longest=MAX_TEXT),
        motion=None if motion == NONE else motion,
    )
    fields.refuse_others()
    return text


def _captions(fields: Fields | None) -> Captions | None:
    if fields is None:
        return None
    captions = Captions(asset=fields.asset("asset"), style=_style(fields, position="bottom"))
    fields.refuse_others()
    return captions


def _style(fields: Fields, *, position: str) -> Text:
    """What texts and captions have in common: everything but their words."""
    low, high = TEXT_SIZES
    return Text(
        content="",
        size=fields.whole("size", low=low, high=high) if fields.has("size") else None,
        color=fields.color("color", default="#ffffff"),
        position=fields.choice("position", allowed=POSITIONS, default=position),
        outline=_outline(fields.child("outline")),
        box=_box(fields.child("box")),
        font=_font(fields.child("font")),
    )


def _font(fields: Fields | None) -> str | None:
    if fields is None:
        return None
    font = fields.asset("asset")
    fields.refuse_others()
    return font


def _outline(fields: Fields | None) -> Outline | None:
    if fields is None:
        return None
    width = fields.whole("width", low=1, high=MAX_OUTLINE) if fields.has("width") else None
    outline = Outline(color=fields.color("color"), width=width)
    fields.refuse_others()
    return outline


def _box(fields: Fields | None) -> Box | None:
    if fields is None:
        return None
    padding = fields.whole("padding", low=0, high=MAX_PADDING) if fields.has("padding") else None
    opacity = fields.number("opacity", low=0, high=1, default=1)
    box = Box(color=fields.color("color"), opacity=float(opacity), padding=padding)
    fields.refuse_others()
    return box


def _picture(fields: Fields | None) -> Media | None:
    if fields is None:
        return None
    picture = Media(asset=fields.asset("asset"), moving=False, fit=_fit(fields))
    fields.refuse_others()
    return picture


def _film(fields: Fields | None) -> Media | None:
    if fields is None:
        return None
    volume = fields.number("volume", low=0, high=MAX_VOLUME, default=1)
    muted = fields.flag("mute")
    film = Media(
        asset=fields.asset("asset"),
        moving=True,
        volume=0.0 if muted else float(volume),
        fit=_fit(fields),
        trim=_trim(fields),
    )
    fields.refuse_others()
    return film


def _fit(fields: Fields) -> str:
    return fields.choice("fit", allowed=FITS, default=CONTAIN)


def _trim(fields: Fields) -> float:
    return float(fields.number("trim_s", low=0, high=MAX_TRIM_SECONDS, default=0))


def _transition(fields: Fields | None, rate: int) -> Transition | None:
    if fields is None:
        return None
    kind = fields.choice("kind", allowed=(*TRANSITIONS, NONE))
    seconds = exactly(
        fields.number("duration_s", low=0, high=MAX_SECONDS, default=DEFAULT_TRANSITION_SECONDS)
    )
    if not seconds:
        fields.complain("duration_s", "is 0; it must be above 0.")
    fields.refuse_others()
    if kind == NONE:
        return None
    return Transition(kind=kind, seconds=seconds, frames=frames_within(seconds, rate))


def _audio(fields: Fields | None) -> Audio | None:
    if fields is None:
        return None
    tone, asset, trimmed = fields.has("tone_hz"), fields.has("asset"), fields.has("trim_s")
    low, high = TONES_HZ
    audio = Audio(
        tone_hz=fields.number("tone_hz", low=low, high=high) if tone else None,
        asset=fields.asset("asset") if asset else None,
        volume=float(fields.number("volume", low=0, high=MAX_VOLUME, default=1)),
        trim=_trim(fields),
        fade_in=float(fields.number("fade_in_s", low=0, high=MAX_SECONDS, default=0)),
        fade_out=float(fields.number("fade_out_s", low=0, high=MAX_SECONDS, default=0)),
    )
    fields.refuse_others()
    if tone == asset:
        fields.complain("tone_hz", "or asset must be given, one of the two.")
    if tone and trimmed:
        fields.complain("trim_s", "belongs to an asset; a tone has no beginning to leave out.")
    return audio


def _check_lengths(top: Fields, scenes: tuple[Scene, ...]) -> None:
    total = sum(scene.seconds for scene in scenes)
    if total > MAX_SECONDS:
        top.complain("scenes", f"last {total:f} s together; at most {MAX_SECONDS} s are allowed.")
    if scenes and scenes[0].entrance:
        top.complain("scenes[0].transition", "has no scene before it to come from; give it to a later scene.")
    for index, scene in enumerate(scenes):
        after = scenes[index + 1] if index + 1 < len(scenes) else None
        overlaps = sum(other.entrance.seconds for other in (scene, after) if other and other.entrance)
        if overlaps > scene.seconds:
            sentence = f"lasts {scene.seconds:f} s, less than the {overlaps:f} s of the transitions"
            top.complain(f"scenes[{index}]", f"{sentence} into and out of it.")
