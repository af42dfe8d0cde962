"""Checks a composition: against composition.schema.json, then against the rules that no schema can express.

A new field goes into the schema, into render_engine/parsing.py, to where the engine acts on it, into
docs/composition.md and, by `make openapi`, into the OpenAPI document;
tests/contracts/test_composition_fields.py holds them together.
"""

import json
import math
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from importlib.resources import files
from typing import cast

from handlers.jobs.ids import ASSET_ID
from handlers.jobs.json_schema.checker import Checker
from handlers.jobs.json_schema.values import Finding, Json, Schema, pointer
from handlers.jobs.json_schema.values import shown as shown_value
from handlers.jobs.outgoing.asset_links import LinkedAssets, link_findings

MAX_SECONDS = 600
DEFAULT_TRANSITION_SECONDS = 0.5
LINE_ENDS_AND_TABS = frozenset("\n\r\t")
_HALF = Decimal("0.5")
_UNSEEN = frozenset({"Cc", "Cf", "Zl", "Zp", "Zs"})


def schema() -> Schema:
    """The JSON Schema of a composition, version 1."""
    return cast(
        "Schema", json.loads(files(__package__).joinpath("composition.schema.json").read_text("utf-8"))
    )


_OURS = Checker(schema())


def findings_of_own(
    composition: Json,
    own: Checker,
    *,
    at: str = "/composition",
    linked: LinkedAssets = LinkedAssets.PUBLIC,
) -> list[Finding]:
    """Every mistake in a composition by an engine's own schema; its fields `asset` mean assets."""
    found = own.findings(composition, at=at)
    return found or [
        *(
            Finding(pointer=place, detail=f"is {shown_value(asset)}, which is not an asset id")
            for place, asset in asset_places(composition, at=at)
            if not ASSET_ID.fullmatch(asset)
        ),
        *link_findings(composition, at=at, linked=linked),
    ]


def findings(
    composition: Json, *, at: str = "/composition", linked: LinkedAssets = LinkedAssets.PUBLIC
) -> list[Finding]:
    """Every mistake in a composition; none means that it can be rendered."""
    found = _OURS.findings(composition, at=at)
    if found or not isinstance(composition, dict):
        return found
    return [
        *_text_findings(composition, at),
        *_scene_findings(composition, at),
        *_audio_findings(composition, at),
        *link_findings(composition, at=at, linked=linked),
    ]


def assets(composition: Json) -> frozenset[str]:
    """Every asset that a checked composition uses."""
    return frozenset(asset for _, asset in asset_places(composition, at=""))


def asset_places(composition: Json, *, at: str = "/composition") -> Iterator[tuple[str, str]]:
    """The JSON pointer and the id of each asset that a checked composition uses."""
    if isinstance(composition, dict):
        for name, inner in composition.items():
            if name == "asset" and isinstance(inner, str):
                yield pointer(at, name), inner
            elif isinstance(inner, dict | list):
                yield from asset_places(inner, at=pointer(at, name))
    elif isinstance(composition, list):
        for index, inner in enumerate(composition):
            if isinstance(inner, dict | list):
                yield from asset_places(inner, at=pointer(at, index))


def shown(composition: Json) -> Iterator[tuple[str, bool]]:
    """Each asset that a scene of a checked composition shows, and whether as a video."""
    for scene in _scenes(composition) if isinstance(composition, dict) else ():
        for name in ("image", "video"):
            media = scene.get(name)
            if isinstance(media, dict) and isinstance(asset := media.get("asset"), str):
                yield asset, name == "video"


@dataclass(frozen=True, kw_only=True)
class Length:
    """How long a video is."""

    frames: int
    seconds: float


def length(composition: Json) -> Length:
    """The length of the video of a checked composition; frames of two scenes that overlap count once."""
    if not isinstance(composition, dict):
        raise TypeError(f"expected a composition, found {composition!r}")
    scenes, rate = _scenes(composition), _exactly(composition["rate"])
    frames = sum(math.floor(_exactly(scene["duration_s"]) * rate + _HALF) for scene in scenes)
    frames -= sum(math.floor(_entrance(scene) * rate) for scene in scenes)
    return Length(frames=frames, seconds=round(float(frames / rate), 3))


def is_cut(scene: Mapping[str, Json], rate: Json) -> bool:
    """Whether a scene of a checked composition begins at once: its transition has no whole frame."""
    return not math.floor(_entrance(scene) * _exactly(rate))


def _text_findings(composition: dict[str, Json], at: str) -> Iterator[Finding]:
    for index, scene in enumerate(_scenes(composition)):
        text = scene.get("text")
        content = text.get("content") if isinstance(text, dict) else None
        sentence = _fault(content) if isinstance(content, str) else None
        if sentence:
            yield Finding(pointer=f"{at}/scenes/{index}/text/content", detail=sentence)


def _fault(content: str) -> str | None:
    """Why a text cannot be shown, or None."""
    if content.isascii() and content.isprintable() and content.strip():
        return None  # most texts, at once
    kinds = [(unicodedata.category(character), character) for character in content]
    if any(kind == "Cs" for kind, _ in kinds):
        return "holds half of a surrogate pair, which is not text"
    for kind, character in kinds:
        if kind == "Cc" and character not in LINE_ENDS_AND_TABS:
            return f"holds the control character U+{ord(character):04X}"
    if all(kind in _UNSEEN for kind, _ in kinds):
        return "has no visible character"
    return None


def _scene_findings(composition: dict[str, Json], at: str) -> Iterator[Finding]:
    scenes, rate = _scenes(composition), _exactly(composition["rate"])
    at = pointer(at, "scenes")
    lengths = [_exactly(scene["duration_s"]) for scene in scenes]
    overlaps = [_entrance(scene) for scene in scenes]
    if sum(lengths) > MAX_SECONDS:
        yield Finding(pointer=at, detail=f"last {sum(lengths):f} s together; the maximum is {MAX_SECONDS} s")
    if overlaps[0]:
        yield Finding(
            pointer=f"{at}/0/transition",
            detail="has no scene before it to come from; give it to a later scene",
        )
    for index, scene in enumerate(scenes):
        here = pointer(at, index)
        if not math.floor(lengths[index] * rate + _HALF):
            yield Finding(
                pointer=f"{here}/duration_s",
                detail=f"is {scene['duration_s']}, shorter than one frame at {rate:f} frames a second",
            )
        if "image" in scene and "video" in scene:
            yield Finding(
                pointer=f"{here}/video",
                detail="cannot be combined with an image; a scene has one or the other",
            )
        # In seconds: the engine rounds each transition down to whole frames, so frames cannot be fewer.
        needed = overlaps[index] + (overlaps[index + 1] if index + 1 < len(scenes) else 0)
        if needed > lengths[index]:
            yield Finding(
                pointer=here,
                detail=f"lasts {lengths[index]:f} s, less than the {needed:f} s "
                "of the transitions into and out of it",
            )


def _audio_findings(composition: dict[str, Json], at: str) -> Iterator[Finding]:
    audio, at = composition.get("audio"), pointer(at, "audio")
    if not isinstance(audio, dict):
        return
    if ("tone_hz" in audio) == ("asset" in audio):
        yield Finding(pointer=at, detail="needs either tone_hz or asset, one of the two")
    if "tone_hz" in audio and "trim_s" in audio:
        yield Finding(
            pointer=pointer(at, "trim_s"), detail="belongs to an asset; a tone has no beginning to leave out"
        )
    video = length(composition)
    fades = _exactly(audio.get("fade_in_s", 0)) + _exactly(audio.get("fade_out_s", 0))
    if fades * _exactly(composition["rate"]) > video.frames:
        yield Finding(
            pointer=at,
            detail=f"fades in and out for {fades:f} s, longer than the video of {video.seconds:g} s",
        )


def _scenes(composition: dict[str, Json]) -> list[dict[str, Json]]:
    scenes = composition.get("scenes")
    return [scene for scene in scenes if isinstance(scene, dict)] if isinstance(scenes, list) else []


def _entrance(scene: Mapping[str, Json]) -> Decimal:
    transition = scene.get("transition")
    if not isinstance(transition, dict) or transition["kind"] == "none":
        return Decimal(0)
    return _exactly(transition.get("duration_s", DEFAULT_TRANSITION_SECONDS))


def _exactly(value: Json) -> Decimal:
    """A number as it was written: in binary fractions, two halves can be longer than the whole."""
    if not isinstance(value, int | float):
        raise TypeError(f"expected a number, found {value!r}")
    return _decimal(value)


@lru_cache(maxsize=1024, typed=True)
def _decimal(value: float) -> Decimal:
    return Decimal(str(value))
