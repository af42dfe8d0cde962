"""The `output` of a submission, and why a fleet's engine cannot make it."""

from collections.abc import Iterable, Iterator

from handlers.jobs.composition import MAX_SECONDS, Length
from handlers.jobs.json_schema.values import Finding, Json, shown
from handlers.jobs.outputs import Abilities, Feature, OutputOptions, Quality, VideoFormat


def output_options(given: Json) -> OutputOptions:
    """What `output` says; its defaults where it says nothing, or what its schema refuses."""
    fields = given if isinstance(given, dict) else {}
    kind, quality, poster = fields.get("format"), fields.get("quality"), fields.get("poster_at_s")
    return OutputOptions(
        format=VideoFormat(kind) if kind in list(VideoFormat) else VideoFormat.MP4,
        quality=Quality(quality) if quality in list(Quality) else None,
        # A whole number that the schema refuses may be larger than any float.
        poster_at_s=float(poster) if isinstance(poster, int | float) and poster <= MAX_SECONDS else None,
    )


def output_findings(
    wanted: OutputOptions, engine: Abilities, fleet: str, lasts: Length | None
) -> Iterator[Finding]:
    """What the engine cannot make; how long the video lasts is not known of every composition."""
    if wanted.format not in engine.formats:
        able = _listed(engine.formats)
        detail = f"is {shown(wanted.format.value)}; the engine of fleet {fleet} makes {able}"
        yield Finding(pointer="/output/format", detail=detail)
    needed = {
        "quality": (wanted.quality, Feature.QUALITY),
        "poster_at_s": (wanted.poster_at_s, Feature.POSTER),
    }
    for name, (value, feature) in needed.items():
        if value is not None and feature not in engine.features:
            able = _listed(engine.features) or "none of these options"
            detail = f"is not possible with the engine of fleet {fleet}, which has {able}; leave it out"
            yield Finding(pointer=f"/output/{name}", detail=detail)
    if lasts and wanted.poster_at_s is not None and wanted.poster_at_s > lasts.seconds:
        detail = f"is {wanted.poster_at_s:g}, after the end of the video of {lasts.seconds:g} s"
        yield Finding(pointer="/output/poster_at_s", detail=detail)


def _listed(able: Iterable[str]) -> str:
    return ", ".join(sorted(able))
