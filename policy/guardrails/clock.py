"""The day by which exceptions end and runtimes grow old."""

from datetime import UTC, date, datetime


def today() -> date:
    """The day in UTC, so that it ends everywhere at once."""
    return datetime.now(UTC).date()
