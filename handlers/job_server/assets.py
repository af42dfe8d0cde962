"""Checks the assets of a submission: each is there, and no picture is too large, as far as is known."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from handlers.jobs.composition import shown
from handlers.jobs.schema_check import Finding, Json

MOST_PIXELS_OF_AN_ASSET: Final = 100_000_000
MOST_PIXELS_AT_ONCE: Final = 200_000_000
"""Of all pictures of a composition: a still counts once, a video once for each scene that shows it."""

Places = Mapping[str, Sequence[str]]
"""Asset -> the places in the body that name it."""
Sizes = Mapping[str, int | None]
"""Asset -> its pixels, 0 where they are not known, None where there is no file."""


def findings(composition: Json, places: Places, sizes: Sizes) -> list[Finding]:
    """What is wrong with the assets of a checked composition."""
    missing = [
        Finding(pointer=place, detail=f"asset {asset} does not exist; announce it and upload it first")
        for asset in sorted(places)
        if sizes[asset] is None
        for place in places[asset]
    ]
    known = {asset: size for asset, size in sizes.items() if size}
    return missing or list(_each(known, places)) or list(_together(composition, known, places))


def _each(sizes: Mapping[str, int], places: Places) -> Iterator[Finding]:
    for asset, size in sizes.items():
        if size > MOST_PIXELS_OF_AN_ASSET:
            detail = f"asset {asset} has {size} pixels; at most {MOST_PIXELS_OF_AN_ASSET} are allowed"
            yield from (Finding(pointer=place, detail=detail) for place in places[asset])


def _together(composition: Json, sizes: Mapping[str, int], places: Places) -> Iterator[Finding]:
    media = list(shown(composition))
    counted = [*{asset for asset, moves in media if not moves}, *(asset for asset, moves in media if moves)]
    total = sum(sizes.get(asset, 0) for asset in counted)
    if total > MOST_PIXELS_AT_ONCE:
        largest = max(sizes, key=lambda asset: (sizes[asset], asset))
        yield Finding(
            pointer=places[largest][0],
            detail=f"is the largest of pictures that have {total} pixels together, videos counted once for "
            f"each scene; at most {MOST_PIXELS_AT_ONCE} are allowed",
        )
