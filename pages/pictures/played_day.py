"""A day on a local stack in time lapse, and its dashboards drawn.

A customer submits few renders at night and many at noon; the fleet boots, renders and empties. Nothing is
made up: the metrics are those that the deployed handlers and the emulated AWS have written.
"""

from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final

from cli.dashboard.pictures import Shown, pictures
from cli.demo.webhook_receiver import Receiver
from cli.incidents.cloud import Cloud
from cli.incidents.opening import opened

HOURS: Final = (0, 0, 1, 0, 0, 1, 2, 3, 4, 5, 3, 6, 4, 3, 2, 4, 3, 2, 1, 1, 0, 1, 0, 0)
"""Renders that are submitted in each hour of the day."""
MINUTES_OF_AN_HOUR: Final = 3
"""Of the stack; one lasts about three seconds."""
PERIOD_S: Final = 9
"""Of a point in a graph: an hour of the day."""


def draw(folder: Path) -> None:
    """Play the day, and write `dashboard-overview.png` and `dashboard-renders.png`."""
    with opened(print) as cloud:
        began = datetime.now(UTC)
        _play(cloud)
        shown = Shown(start=began, end=datetime.now(UTC), period_s=PERIOD_S)
        for board in ("overview", "renders"):
            name = cloud.name(board, cloud.connection.region)
            (drawn,) = pictures(cloud.connection.cloudwatch(), [name], folder, shown)
            drawn.rename(folder / f"dashboard-{board}.png")


def _play(cloud: Cloud) -> None:
    renders: list[str] = []
    with Receiver() as receiver:
        for number, count in enumerate(HOURS, 1):
            last = cloud.minutes + MINUTES_OF_AN_HOUR
            renders += [cloud.submit(webhook_url=receiver.url) for _ in range(count)]
            print(f"hour {number} of {len(HOURS)}: {count} renders")
            cloud.until("the next hour", partial(_is_over, cloud, last))
        cloud.until("every webhook", lambda: len(receiver.deliveries) >= len(renders))
        cloud.until("the last hour", partial(_is_over, cloud, cloud.minutes + MINUTES_OF_AN_HOUR))


def _is_over(cloud: Cloud, minute: int) -> bool:
    return cloud.minutes >= minute
