"""`clipit dashboard`: pictures of the deployed dashboards."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import boto3
import typer

from cli import aws
from cli.dashboard.pictures import Shown, pictures
from cli.exits import MEANINGS
from cli.options import Stack
from local.stack.stack_file import region_of

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

    The data comes from CloudWatch, with your AWS credentials.
    """
    with aws.making_clients():
        cloudwatch = boto3.client("cloudwatch", region_name=region_of(stack))
    now = datetime.now(UTC)
    shown = Shown(start=now - timedelta(minutes=minutes), end=now)
    with aws.calling():
        drawn = pictures(cloudwatch, f"clip-it-{stack}-", png, shown)
    for path in drawn:
        print(path)
