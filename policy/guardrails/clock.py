"""The current day, for the end of waivers and runtimes."""

from datetime import UTC, date, datetime


def today() -> date:
    """The day in UTC, so that it ends everywhere at once."""
    return datetime.now(UTC).date()
