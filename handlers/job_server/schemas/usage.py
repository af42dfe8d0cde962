"""The days that a look at the usage asks for, and the answer."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Final, TypeAlias

from fastapi import Depends, Query
from pydantic import BeforeValidator, ConfigDict, Field

from handlers.job_server import problems
from handlers.job_server.schemas.responses import View

MOST_DAYS: Final = 92
"""Three months: one query reads them."""
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, kw_only=True)
class Period:
    """Days, both included."""

    first: date
    last: date


def _day(text: str) -> str:
    """Pydantic alone takes other forms too, such as a number of seconds."""
    if not _DAY.fullmatch(text):
        raise ValueError("expected a day, such as 2023-11-14")
    return text


Day: TypeAlias = Annotated[date, BeforeValidator(_day)]


async def period(
    first: Annotated[Day, Query(alias="from", description="The first day, in UTC.")],
    last: Annotated[Day, Query(alias="to", description=f"The last day; at most {MOST_DAYS} in all.")],
) -> Period:
    """The days that the parameters name.

    Raises:
        Problem: they are none, or too many.
    """
    if last < first:
        raise problems.invalid_parameter("to", f"is {last}, before from ({first})")
    days = (last - first).days + 1
    if days > MOST_DAYS:
        latest = first + timedelta(days=MOST_DAYS - 1)
        raise problems.invalid_parameter(
            "to", f"makes {days} days; at most {MOST_DAYS} are allowed, here until {latest}"
        )
    return Period(first=first, last=last)


PeriodOf: TypeAlias = Annotated[Period, Depends(period)]


class UsageDayView(View):
    """What renders that ended on a day have used, with all their attempts."""

    model_config = ConfigDict(title="UsageDay")

    day: date
    succeeded: int = Field(ge=0)
    failed: int = Field(ge=0)
    cancelled: int = Field(ge=0)
    machine_s: float = Field(ge=0, description="Seconds of a machine.")
    video_s: float = Field(ge=0, description="Seconds of video of the renders that succeeded.")


class UsageReportView(View):
    """What your renders have used, by the UTC day of their end."""

    model_config = ConfigDict(title="UsageReport")

    days: list[UsageDayView] = Field(description="The days on which renders have ended, in order.")
