"""Delete markers: moto cannot delete its own like versions, so a bucket could not be emptied."""

from moto.s3.models import FakeDeleteMarker


def _dispose(_marker: FakeDeleteMarker) -> None:
    """A marker holds no contents that could be released."""


def install() -> None:
    """Teach the markers what versions can."""
    FakeDeleteMarker.dispose = _dispose
