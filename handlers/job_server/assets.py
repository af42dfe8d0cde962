"""Checks the assets of a submission: each is there, and no picture is too large, as far as is known."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from handlers.jobs.composition import shown
from handlers.jobs.json_schema.values import Finding, Json

MOST_PIXELS_OF_AN_ASSET: Final = 100_000_000
MOST_PIXELS_AT_ONCE: Final = 200_000_000
"""Of all pictures of a composition: a still counts once, a video once for each scene that shows it."""

Places = Mapping[str, Sequence[str]]
"""Asset -> the places in the body that name it."""


def findings(composition: Json, places: Places, pixels_of: Callable[[str], int | None]) -> list[Finding]:
    """What is wrong with the assets of a checked composition.

    A picture whose size is not known has 0 pixels, and a missing file has None.
    """
    counts = {asset: pixels_of(asset) for asset in sorted(places)}
    missing = [
        Finding(pointer=place, detail=f"asset {asset} does not exist; announce it and upload it first")
        for asset, count in counts.items()
        if count is None
        for place in places[asset]
    ]
    sizes = {asset: count for asset, count in counts.items() if count}
    return missing or list(_each(sizes, places)) or list(_together(composition, sizes, places))


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
