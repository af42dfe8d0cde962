"""The composition as typed values. Pure; `parsing` reads and checks it."""

from dataclasses import dataclass
from decimal import Decimal

COMPOSITION_VERSION = 1
TRANSITIONS = ("fade", "wipeleft", "slideleft")
POSITIONS = ("center", "top", "bottom")
MOTIONS = ("rise", "slide")
CONTAIN, COVER, FILL, NONE, SCALE_DOWN = "contain", "cover", "fill", "none", "scale-down"
FITS = (CONTAIN, COVER, FILL, NONE, SCALE_DOWN)
"""As CSS names them: https://www.w3.org/TR/css-images-3/#the-object-fit"""
MAX_SCENES = 100
MAX_SECONDS = 600
MIN_PIXELS, MAX_PIXELS = 16, 3840
MIN_RATE, MAX_RATE = 1, 60
MAX_TEXT = 2000
MAX_VOLUME = 4
MAX_TRIM_SECONDS = 86_400
MAX_OUTLINE, MAX_PADDING = 100, 500


@dataclass(frozen=True, kw_only=True)
class Outline:
    """A line around every letter, in pixels outside of it; without a width it depends on the text's size."""

    color: str
    width: int | None = None


@dataclass(frozen=True, kw_only=True)
class Box:
    """A rectangle behind the text; without a padding, in pixels, it depends on the frame's height."""

    color: str
    opacity: float
    padding: int | None = None


@dataclass(frozen=True, kw_only=True)
class Text:
    """Text over a scene; without a size it is as large as the frame allows.

    With a `font`, the id of an asset, it is drawn with that alone.
    """

    content: str
    size: int | None
    color: str
    position: str
    outline: Outline | None = None
    box: Box | None = None
    motion: str | None = None
    font: str | None = None


@dataclass(frozen=True, kw_only=True)
class Captions:
    """An asset with words and their times, and a text without content that says how they look."""

    asset: str
    style: Text


@dataclass(frozen=True, kw_only=True)
class Media:
    """An image or a video and how it fits into the frame; of a video, `trim` seconds are left out first."""

    asset: str
    moving: bool
    volume: float = 0.0
    fit: str = CONTAIN
    trim: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Transition:
    """The transition from the previous scene; the two scenes overlap for its duration."""

    kind: str
    seconds: Decimal
    frames: int


@dataclass(frozen=True, kw_only=True)
class Scene:
    """One part of the video, with its duration as given and in whole frames."""

    seconds: Decimal
    frames: int
    background: str
    text: Text | None = None
    media: Media | None = None
    entrance: Transition | None = None


@dataclass(frozen=True, kw_only=True)
class Audio:
    """The sound under the whole video: a tone or an asset, of which `trim` seconds are left out first.

    It fades in from the beginning of the video, and out until its end.
    """

    tone_hz: float | None = None
    asset: str | None = None
    volume: float = 1.0
    trim: float = 0.0
    fade_in: float = 0.0
    fade_out: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Composition:
    """A whole video."""

    width: int
    height: int
    rate: int
    scenes: tuple[Scene, ...]
    audio: Audio | None = None
    captions: Captions | None = None

    @property
    def frames(self) -> int:
        """The length of the video: overlapping frames count once."""
        overlaps = sum(scene.entrance.frames for scene in self.scenes if scene.entrance)
        return sum(scene.frames for scene in self.scenes) - overlaps

    @property
    def seconds(self) -> float:
        """The length of the video in seconds."""
        return self.frames / self.rate

    @property
    def starts(self) -> tuple[int, ...]:
        """The first frame of each scene, including its transition."""
        starts, before = [], 0
        for scene in self.scenes:
            begins = before - (scene.entrance.frames if scene.entrance else 0)
            starts.append(begins)
            before = begins + scene.frames
        return tuple(starts)

    @property
    def assets(self) -> frozenset[str]:
        """Every asset that the composition uses."""
        named = {scene.media.asset for scene in self.scenes if scene.media}
        named |= {scene.text.font for scene in self.scenes if scene.text and scene.text.font}
        if self.audio and self.audio.asset:
            named.add(self.audio.asset)
        if self.captions:
            named |= {self.captions.asset, self.captions.style.font or self.captions.asset}
        return frozenset(named)
