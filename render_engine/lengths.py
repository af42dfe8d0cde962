"""Converts seconds into whole frames. Pure.

Decimal fractions stay exact: in binary fractions, two halves of 0.58 s can be longer than the whole.
"""

from decimal import Decimal
from math import floor

HALF = Decimal("0.5")


def exactly(seconds: float) -> Decimal:
    """The number as written, exactly."""
    return Decimal(str(seconds))


def nearest_frames(seconds: Decimal, rate: int) -> int:
    """How many frames a scene has."""
    return floor(seconds * rate + HALF)


def frames_within(seconds: Decimal, rate: int) -> int:
    """The frames of an overlap, rounded down, so that overlaps that fit in seconds fit in frames too."""
    return floor(seconds * rate)
