"""`clipit demo`: one render through the whole chain on this machine, ending with a video."""

from pathlib import Path
from typing import Annotated

import typer

from cli import targets
from cli.demo import run
from cli.exits import MEANINGS
from cli.options import AsJson, Port

app = typer.Typer()

_OUTPUT = Path("build/demo/video.mp4")


@app.command(epilog=MEANINGS)
def demo(
    output: Annotated[Path, typer.Option(metavar="FILE", help="File for the video, an .mp4.")] = _OUTPUT,
    port: Port = 0,
    as_json: AsJson = False,
) -> None:
    """Render one video through the whole chain on this machine.

    Deploys to an emulated AWS, renders on an instance that boots for it, and takes everything down.
    Needs no account, no Docker and no internet.
    The trace of the render is kept beside the video, as render.html.
    The last line is `demo: ok <path> <seconds>s <width>x<height>`.
    """
    if output.suffix != ".mp4":
        raise targets.TargetError(f"{output} does not end in .mp4; name a file such as {_OUTPUT}.")
    targets.prepare(output)
    print(run.run(output, port=port, as_json=as_json))
