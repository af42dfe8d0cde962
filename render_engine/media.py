"""Finds the files of assets and makes sure that they can be decoded before any work starts."""

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from render_engine.children import running, tail
from render_engine.composition import Composition
from render_engine.errors import Refused
from render_engine.plan import GUARDS, QUIET

SECONDS_TO_LOOK = 60


def locate(composition: Composition, folder: Path, ffmpeg: str) -> dict[str, Path]:
    """The file of every asset that the composition names.

    Raises:
        Refused: `asset_missing` or `asset_unreadable`, naming the asset.
    """
    files = {asset: (folder / asset).resolve() for asset in sorted(composition.assets)}
    for asset, path in files.items():
        if not path.is_file():
            raise Refused("asset_missing", f"Asset {asset} was not uploaded; the composition names it.")
    sounds = {composition.audio.asset} if composition.audio and composition.audio.asset else set()
    for asset in sorted({scene.media.asset for scene in composition.scenes if scene.media}):
        _decode(ffmpeg, asset, files[asset], stream="v:0", wanted="picture or film")
    for asset in sounds:
        _decode(ffmpeg, asset, files[asset], stream="a:0", wanted="sound")
    return files


def _decode(ffmpeg: str, asset: str, path: Path, *, stream: str, wanted: str) -> None:
    """Decodes the first frame; a file that cannot even do that is refused."""
    limit = ("-frames", "1")
    command = [
        ffmpeg,
        *QUIET,
        *GUARDS,
        "-i",
        f"file:{path}",
        "-map",
        f"0:{stream}",
        *limit,
        "-f",
        "null",
        "-",
    ]
    with TemporaryDirectory(prefix="clipit-look-") as folder:
        complaints = Path(folder) / "complaints"
        with running(command, folder=Path(folder), complaints=complaints) as child:
            try:
                code = child.wait(SECONDS_TO_LOOK)
            except subprocess.TimeoutExpired:
                code = -1
        said = tail(complaints)
    if code != 0:
        sys.stderr.write(f"{asset}: {said}\n")
        raise Refused("asset_unreadable", f"Asset {asset} holds no {wanted} that this engine can decode.")
