"""What a customer may want of a video: its format, its quality, and a picture of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from handlers.jobs.json_schema.checker import Checker


class VideoFormat(StrEnum):
    """The container of a video, which also ends the name of its file."""

    MP4 = "mp4"
    WEBM = "webm"
    GIF = "gif"

    @property
    def media_type(self) -> str:
        """As which it is stored and fetched."""
        return "image/gif" if self is VideoFormat.GIF else f"video/{self.value}"


class Quality(StrEnum):
    """How much of the pictures a video keeps; more needs more bytes."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class Feature(StrEnum):
    """What an engine may do besides formats."""

    QUALITY = "quality"
    POSTER = "poster"
    MARK = "mark"


POSTER_TYPE: Final = "image/jpeg"


@dataclass(frozen=True, kw_only=True)
class OutputOptions:
    """The `output` of a submission; `poster_at_s` is the second of the video that its picture shows.

    `mark` is words over the whole video, which no customer chooses: the API puts them in for test keys.
    """

    format: VideoFormat = VideoFormat.MP4
    quality: Quality | None = None
    poster_at_s: float | None = None
    mark: str | None = None


@dataclass(frozen=True, kw_only=True)
class Abilities:
    """What a fleet's engine makes of a composition; every engine makes MP4.

    `composition` checks by the schema of the engine's own compositions, None for those of this project.
    """

    formats: frozenset[VideoFormat] = frozenset({VideoFormat.MP4})
    features: frozenset[Feature] = frozenset()
    composition: Checker | None = None


MP4_ALONE: Final = Abilities()
DEFAULT_OPTIONS: Final = OutputOptions()
Engines = Mapping[str, Abilities]
