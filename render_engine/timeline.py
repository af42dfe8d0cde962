"""Cuts a composition into consecutive parts: one scene alone, or two that overlap. Pure.

A filter that blends two streams reads both from their beginning. Given whole scenes it would hold the later
one in memory until its turn; given only the frames that overlap it holds next to nothing.
"""

from dataclasses import dataclass

from render_engine.composition import Composition


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """Some frames of one scene."""

    place: int
    start: int
    frames: int


@dataclass(frozen=True, kw_only=True)
class Blend:
    """The last frames of a scene giving way to the first frames of the next one."""

    kind: str
    leaving: Stretch
    entering: Stretch


def timeline(composition: Composition) -> list[Stretch | Blend]:
    """The parts in order; together they have exactly the frames of the video."""
    parts: list[Stretch | Blend] = []
    for place, scene in enumerate(composition.scenes):
        entrance = scene.entrance
        begins = entrance.frames if entrance else 0
        if entrance and begins:
            before = composition.scenes[place - 1]
            leaving = Stretch(place=place - 1, start=before.frames - begins, frames=begins)
            entering = Stretch(place=place, start=0, frames=begins)
            parts.append(Blend(kind=entrance.kind, leaving=leaving, entering=entering))
        after = composition.scenes[place + 1].entrance if place + 1 < len(composition.scenes) else None
        alone = scene.frames - begins - (after.frames if after else 0)
        if alone:
            parts.append(Stretch(place=place, start=begins, frames=alone))
    return parts
