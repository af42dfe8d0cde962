"""The demo's pictures: a mountain range at three times of a day, drawn as a designer would layer it."""

import io
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image

Plane: TypeAlias = npt.NDArray[np.float32]
Color: TypeAlias = tuple[int, int, int]

_SEED = 7
_QUALITY = 92


@dataclass(frozen=True, kw_only=True)
class Light:
    """A time of day: the sky from top to horizon, the sun or moon, and the ridges from far to near."""

    sky: tuple[Color, ...]
    disc: Color
    halo: Color
    glow: float
    disc_at: tuple[float, float]
    """Shares of the width and of the height."""
    disc_share: float
    """Radius, of the height."""
    far: Color
    near: Color
    stars: int = 0


DAWN = Light(
    sky=((38, 44, 104), (118, 84, 150), (236, 130, 118), (255, 196, 134)),
    disc=(255, 240, 206),
    halo=(255, 164, 108),
    glow=0.85,
    disc_at=(0.70, 0.52),
    disc_share=0.075,
    far=(196, 122, 138),
    near=(24, 24, 52),
)
DAY = Light(
    sky=((28, 92, 168), (82, 152, 214), (162, 206, 236), (226, 240, 246)),
    disc=(255, 252, 236),
    halo=(240, 248, 252),
    glow=0.5,
    disc_at=(0.24, 0.22),
    disc_share=0.055,
    far=(142, 182, 206),
    near=(16, 62, 64),
)
NIGHT = Light(
    sky=((8, 12, 34), (18, 26, 66), (40, 52, 104), (84, 88, 142)),
    disc=(240, 242, 250),
    halo=(120, 140, 220),
    glow=0.45,
    disc_at=(0.78, 0.24),
    disc_share=0.05,
    far=(62, 72, 122),
    near=(6, 10, 26),
    stars=220,
)

_RIDGES = 5
_FARTHEST, _NEAREST = 0.60, 0.93


def jpeg(light: Light, width: int, height: int) -> bytes:
    """The range in this light; the same bytes each time."""
    picture = _sky(light, width, height)
    for number in range(_RIDGES):
        _add_ridge(picture, light, number)
    noise = np.random.default_rng(_SEED).random((height, width, 1), dtype=np.float32)  # or the sky has bands
    buffer = io.BytesIO()
    shown = Image.fromarray(np.clip(picture + 2 * noise - 1, 0, 255).astype(np.uint8))
    shown.save(buffer, "JPEG", quality=_QUALITY, subsampling=0)
    return buffer.getvalue()


def _add_ridge(picture: Plane, light: Light, number: int) -> None:
    height, width, _ = picture.shape
    nearness = number / (_RIDGES - 1)
    line = _ridge(number, width, height)
    top = int(line.min())
    rows = np.arange(top, height, dtype=np.float32)[:, None]
    # Mist gathers at the foot of a ridge, in the color of the horizon.
    mist = 0.45 * (1 - nearness) * np.clip((rows / height - _middle(nearness) + 0.10) / 0.30, 0, 1)
    ground = _between(light.far, light.near, nearness**0.8)
    painted = ground + (_between(light.sky[-1], light.sky[-1], 0) - ground) * mist
    inside = np.clip(rows - line, 0, 1)[..., None]
    picture[top:] += (painted[:, None, :] - picture[top:]) * inside


def _middle(nearness: float) -> float:
    """Where the mean line of a ridge lies, from the top."""
    return _FARTHEST + (_NEAREST - _FARTHEST) * nearness


def _sky(light: Light, width: int, height: int) -> Plane:
    rows = np.linspace(0, 1, height) / 0.8
    stops = np.linspace(0, 1, len(light.sky))
    column = np.stack([np.interp(rows, stops, [stop[part] for stop in light.sky]) for part in range(3)], 1)
    picture = np.repeat(column[:, None, :], width, axis=1).astype(np.float32)
    _add_stars(picture, light.stars)
    across = np.arange(width, dtype=np.float32)[None, :] - light.disc_at[0] * width
    down = np.arange(height, dtype=np.float32)[:, None] - light.disc_at[1] * height
    from_disc = np.hypot(across, down) / np.float32(height)
    for color, share in (
        (light.halo, light.glow * np.exp(-from_disc / np.float32(0.26))),
        (light.disc, np.clip((light.disc_share - from_disc) * height, 0, 1)),
    ):
        picture += (np.array(color, dtype=np.float32) - picture) * share[..., None]
    return picture


def _add_stars(picture: Plane, count: int) -> None:
    chance = np.random.default_rng(_SEED)
    height, width, _ = picture.shape
    rows = (chance.beta(1, 2, count) * 0.65 * height).astype(int)
    columns = chance.integers(0, width - 1, count)
    for row, column, light in zip(rows, columns, chance.uniform(40, 190, count), strict=True):
        size = 2 if light > 150 else 1  # noqa: PLR2004 - the brightest tenth is larger
        picture[row : row + size, column : column + size] += light


def _ridge(number: int, width: int, height: int) -> Plane:
    """The height of a ridge's line in each column, from the top: far ones are jagged, near ones roll."""
    chance = np.random.default_rng(_SEED + number)
    nearness = number / (_RIDGES - 1)
    along = np.linspace(0, 1, width)
    line = np.zeros(width)
    for octave in range(7):
        frequency = 1.3 * 1.9**octave
        peaks = np.abs(np.mod(along * frequency + chance.uniform(0, 1), 1) * 2 - 1)  # a zigzag
        waves = 0.5 + 0.5 * np.sin(2 * np.pi * (along * frequency + chance.uniform(0, 1)))
        line += ((1 - nearness) * peaks + nearness * waves) * 0.56**octave
    line -= line.mean()
    return (
        (_middle(nearness) - (0.17 - 0.10 * nearness) * line) * height
        - _trees(nearness, chance, width, height)
    ).astype(np.float32)


def _trees(nearness: float, chance: np.random.Generator, width: int, height: int) -> npt.NDArray[np.float64]:
    """Firs on the two nearest ridges: how far each column's tree stands above the ground."""
    tops = np.zeros(width)
    if nearness < 0.7:  # noqa: PLR2004 - farther trees could not be seen
        return tops
    columns = np.arange(width)
    for _ in range(int(90 * nearness)):
        tall = chance.uniform(0.025, 0.075) * nearness**3 * height
        beside = np.abs(columns - chance.uniform(0, width)) / (0.24 * tall)
        # Branches: the outline of a fir goes in and out four times from top to foot.
        branches = np.clip(1 - beside - 0.10 * np.mod(beside * 4, 1), 0, 1)
        tops = np.maximum(tops, tall * branches)
    return tops


def _between(one: Color, other: Color, share: float) -> Plane:
    return (np.array(one) * (1 - share) + np.array(other) * share).astype(np.float32)
