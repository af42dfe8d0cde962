"""How text enters its scene: it fades in while it moves to its place, fast at first. Pure."""

from dataclasses import dataclass

from render_engine.composition import Composition

SECONDS = 0.8
DISTANCE_SHARE = 0.08
"""Of the frame's height (rise) or width (slide)."""
EASING_POWER = 3
"""Ease-out cubic: https://www.w3.org/TR/css-easing-1/ calls this shape `ease-out`."""


@dataclass(frozen=True, kw_only=True)
class Motion:
    """Where text comes from, in pixels from its place, and the frames of its scene in which it moves.

    Before `start` nothing is shown.
    """

    dx: int
    dy: int
    start: int
    frames: int

    def place(self, x: int, y: int, *, first: int) -> str:
        """Position for the filter `overlay`, whose own frame 0 is frame `first` of the scene."""
        left = f"pow(1-clip((n+{first - self.start})/{self.frames},0,1),{EASING_POWER})"
        return f"x='round({x}+{self.dx}*{left})':y='round({y}+{self.dy}*{left})'"

    def pictures(self, *, first: int, rate: int) -> str:
        """Filters from one picture to a stream that fades in and ends when the text has arrived.

        Times are counted from the scene's beginning and then cut, so that both parts of a scene agree.
        """
        shown = self.start + self.frames
        still = f"loop=loop={shown}:size=1,settb=1/{rate},setpts=N"
        faded = f"fade=type=in:start_frame={self.start}:nb_frames={self.frames}:alpha=1"
        return f"{still},{faded},trim=start_frame={min(first, shown)},setpts=PTS-STARTPTS"


def entrance(composition: Composition, place: int, *, x: int, bottom: int) -> Motion | None:
    """The motion of a scene's text, which begins at `x` and ends above `bottom`; within the frame.

    It begins when the transition into the scene has ended, and ends before the one out of it; text of a
    scene that is all transition stands still.
    """
    scenes = composition.scenes
    scene, after = scenes[place], scenes[place + 1] if place + 1 < len(scenes) else None
    if scene.text is None or scene.text.motion is None:
        return None
    start = scene.entrance.frames if scene.entrance else 0
    alone = scene.frames - start - (after.entrance.frames if after and after.entrance else 0)
    frames = min(round(SECONDS * composition.rate), alone)
    if frames < 1:
        return None
    if scene.text.motion == "slide":
        dx, dy = -min(round(composition.width * DISTANCE_SHARE), x), 0
    else:
        dx, dy = 0, min(round(composition.height * DISTANCE_SHARE), composition.height - bottom)
    return Motion(dx=dx, dy=dy, start=start, frames=frames)
