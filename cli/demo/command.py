"""`clipit demo`: one render through the whole chain on this machine, ending with a video."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from cli import targets
from cli.exits import MEANINGS

app = typer.Typer()

_OUTPUT = Path("build/demo/video.mp4")


@app.command(epilog=MEANINGS)
def demo(
    output: Annotated[Path, typer.Option(help="Where the video is kept.")] = _OUTPUT,
    port: Annotated[int, typer.Option(help="Port of the API; 0 takes a free one.", min=0, max=65535)] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Deploy to an emulated AWS, render one video on an instance that boots for it, take everything down.

    Needs no account, no Docker and no internet.
    The last line is `demo: ok <path> <seconds>s <width>x<height>`.
    """
    if output.suffix != ".mp4":
        raise typer.BadParameter(f"{output} does not end in .mp4.", param_hint="--output")
    try:
        targets.prepare(output)
    except targets.TargetError as problem:
        raise typer.BadParameter(str(problem), param_hint="--output") from None
    from cli.demo.run import run  # noqa: PLC0415 - only this command needs all of it

    outcome = run(output, port=port, as_json=as_json)
    if outcome.error:
        sys.stderr.write(f"demo: {outcome.error}\n")
    if outcome.last_line:
        sys.stdout.write(f"{outcome.last_line}\n")
    raise typer.Exit(outcome.code)
