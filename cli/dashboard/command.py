"""`clipit dashboard`: pictures of the deployed dashboards."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from cli import aws
from cli.dashboard.pictures import Shown, pictures
from cli.exits import MEANINGS
from cli.options import Stack
from cli.stack_place import StackPlace
from cli.stack_session import session_of
from components.naming.dashboard_names import DASHBOARDS, dashboard_name

app = typer.Typer()


@app.command(epilog=MEANINGS)
def dashboard(
    stack: Stack,
    png: Annotated[
        Path, typer.Option("--png", metavar="FOLDER", help="Folder for the pictures, one a dashboard.")
    ],
    minutes: Annotated[int, typer.Option(min=1, max=1440, help="How far back the graphs reach.")] = 180,
) -> None:
    """Draw the dashboards of a stack to PNG files.

    The data comes from CloudWatch, with your AWS credentials; that of the local stack from its emulator.
    """
    place = StackPlace.of(stack)
    session, endpoint = session_of(stack, place)
    with aws.making_clients():
        cloudwatch = session.client("cloudwatch", endpoint_url=endpoint)
    now = datetime.now(UTC)
    shown = Shown(start=now - timedelta(minutes=minutes), end=now)
    with aws.calling():
        drawn = pictures(cloudwatch, [dashboard_name(place.naming, one) for one in DASHBOARDS], png, shown)
    for path in drawn:
        print(path)
