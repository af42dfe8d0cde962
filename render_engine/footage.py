"""The properties of an image or a video file, and the filters that fit it into a frame. Pure."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from render_engine.composition import CONTAIN, COVER, FILL, SCALE_DOWN

HDR_TRANSFERS = frozenset({"smpte2084", "arib-std-b67"})
WIDE_PRIMARIES = frozenset({"bt2020", "smpte431", "smpte432"})
HD_LINES = 720
"""Videos of at least this height are BT.709 if they do not say otherwise, smaller ones BT.601."""
WHITE_NITS = 203
"""What paper shows in HDR: ITU-R BT.2408."""
_UNKNOWN = frozenset({"unknown", "unspecified", "reserved"})


@dataclass(frozen=True, kw_only=True)
class Placement:
    """Which part of the stored pixels is shown, around their middle, and how large it is in the frame."""

    cropped: tuple[int, int]
    size: tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class Footage:
    """A file's first frame as shown: rotated upright, with its stored pixels."""

    path: Path
    decoder: str | None
    width: int
    height: int
    pixel_shape: Fraction
    interlaced: bool
    matrix: str
    primaries: str
    transfer: str
    color_range: str
    has_sound: bool

    @property
    def decoding(self) -> tuple[str, ...]:
        """Options that choose how it is decoded."""
        return ("-c:v", self.decoder) if self.decoder else ()

    @property
    def weaving(self) -> str:
        """The deinterlacing filter, for interlaced files."""
        return "bwdif=mode=send_frame:deint=interlaced," if self.interlaced else ""

    @property
    def needs_color_management(self) -> bool:
        """Whether its colors need conversion to ordinary video's."""
        return self.transfer in HDR_TRANSFERS or self.primaries in WIDE_PRIMARIES

    def placed(self, width: int, height: int, fit: str) -> Placement:
        """Its place in a frame by CSS's rules; nothing is ever smaller than a pixel."""
        whole, frame = (self.width, self.height), (width, height)
        natural = (max(1, round(self.width * self.pixel_shape)), self.height)
        if fit == FILL:
            return Placement(cropped=whole, size=frame)
        if fit == COVER:
            return Placement(cropped=self._covering(Fraction(width, height)), size=frame)
        if fit == CONTAIN or (fit == SCALE_DOWN and (natural[0] > width or natural[1] > height)):
            return Placement(cropped=whole, size=self._contained(width, height))
        size = (min(natural[0], width), min(natural[1], height))
        return Placement(cropped=(_atleast_one(size[0] / self.pixel_shape, self.width), size[1]), size=size)

    def filters(self, width: int, height: int, fit: str) -> str:
        """From decoded pictures to pictures in RGB with transparency that fit a frame."""
        placed = self.placed(width, height, fit)
        scale = f"scale={_size(placed.size)}"
        if self.needs_color_management:
            scale = f"{self._managed()},{scale}"
        elif self.matrix in _UNKNOWN and self.height >= HD_LINES:
            scale += ":in_color_matrix=bt709"
        if placed.cropped != (self.width, self.height):
            # A later picture may be smaller than the first, and `crop` would read beyond its end.
            scale = f"scale={self.width}:{self.height},crop={_size(placed.cropped)}:exact=1,{scale}"
        return f"{scale},setsar=1,format=gbrap"

    def _contained(self, width: int, height: int) -> tuple[int, int]:
        """As large as possible within a frame without changing its shape."""
        shape = self.width * self.pixel_shape / self.height
        if shape > Fraction(width, height):
            return width, max(1, round(width / shape))
        return max(1, round(height * shape)), height

    def _covering(self, frame: Fraction) -> tuple[int, int]:
        """The pixels around its middle that have the shape of a frame."""
        if self.width * self.pixel_shape / self.height > frame:
            return _atleast_one(self.height * frame / self.pixel_shape, self.width), self.height
        return self.width, _atleast_one(self.width * self.pixel_shape / frame, self.height)

    def _managed(self) -> str:
        """To BT.709; brightness beyond white is compressed, what is below half of white stays as it is."""
        printed = {
            "tin": (self.transfer, "bt709"),
            "pin": (self.primaries, "bt2020"),
            "min": (self.matrix, "bt2020nc"),
            "rin": (self.color_range, "limited"),
        }
        assumed = ":".join(f"{name}={value}" for name, (found, value) in printed.items() if found in _UNKNOWN)
        read = f"zscale={assumed}:" if assumed else "zscale="
        to_light = f"{read}t=linear:npl={WHITE_NITS},format=gbrpf32le,zscale=p=bt709"
        mapped = ",tonemap=mobius:param=0.5:desat=0" if self.transfer in HDR_TRANSFERS else ""
        return f"{to_light}{mapped},zscale=t=bt709:r=full,format=gbrp"


def _atleast_one(pixels: Fraction, most: int) -> int:
    return min(most, max(1, round(pixels)))


def _size(pixels: tuple[int, int]) -> str:
    return ":".join(map(str, pixels))
