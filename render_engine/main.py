"""The command `clipit-engine`: renders one composition and speaks the engine protocol on standard output."""

import argparse
import contextlib
import json
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType

from render_engine.children import find_ffmpeg
from render_engine.composition import COMPOSITION_VERSION, Composition
from render_engine.encoding import encode
from render_engine.errors import Cancelled, EncoderFailed, EngineError, Refused, TryAgainLater
from render_engine.inspection import find, listen, look
from render_engine.parsing import parse
from render_engine.plan import Material, plan
from render_engine.postmortem import blame
from render_engine.text.lettering import letter

ENGINE_VERSION = "1.3.0"
LARGEST_COMPOSITION = 1_000_000


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and answers with the exit code of the protocol."""
    options = _options(arguments)
    if options.command == "version":
        _say(
            event="version",
            engine="clipit-reference",
            version=ENGINE_VERSION,
            composition=COMPOSITION_VERSION,
        )
        return 0
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _stop)
    try:
        render(composition=options.composition, assets=options.assets, output=options.output)
    except EngineError as error:
        _say(event="error", code=error.code, detail=error.detail)
        return error.exit_code
    except Cancelled as cancelled:
        with contextlib.suppress(OSError):
            _say(event="error", code="cancelled", detail="The render was asked to stop.")
        return cancelled.exit_code
    return 0


def render(*, composition: Path, assets: Path, output: Path) -> None:
    """Renders a composition file into `output`, which appears only when it is complete.

    Raises:
        EngineError: with the code that the protocol reports.
    """
    _say(event="progress", percent=0, stage="checking")
    wanted = parse(_read(composition))
    ffmpeg = find_ffmpeg()
    files = find(wanted, assets)
    footage = look(wanted, files, ffmpeg)
    sounds = listen(wanted, files, footage, ffmpeg)
    # One name per process, so that an earlier attempt that still dies cannot write into this one.
    partial = output.resolve().with_name(f".{output.name}.{os.getpid()}.partial")
    try:
        with TemporaryDirectory(prefix="clipit-engine-") as folder:
            lettered = letter(wanted, files, Path(folder), at_work=_drawing)
            material = Material(
                files=files,
                footage=footage,
                sounds=sounds,
                words=lettered.words,
                captions=lettered.captions,
            )
            work = plan(wanted, material, partial)
            encode(work, ffmpeg=ffmpeg, folder=Path(folder), partial=partial, report=_report)
        _publish(partial, output)
    except EncoderFailed as error:
        raise blame(error, wanted, material, ffmpeg) from error
    finally:
        partial.unlink(missing_ok=True)
    _say_result(wanted, output)


def _publish(partial: Path, output: Path) -> None:
    try:
        partial.replace(output)
    except OSError as error:
        raise TryAgainLater(
            "output_unwritable", f"The video could not be stored: {error.strerror}."
        ) from error


def _read(path: Path) -> bytes:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise Refused("composition_invalid", f"The composition cannot be read: {error.strerror}.") from error
    if len(raw) > LARGEST_COMPOSITION:
        detail = f"The composition has {len(raw)} bytes; at most {LARGEST_COMPOSITION} are allowed."
        raise Refused("composition_invalid", detail)
    return raw


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="clipit-engine", description="Renders compositions into MP4 files.")
    commands = parser.add_subparsers(dest="command", required=True)
    rendering = commands.add_parser("render", help="render one composition")
    rendering.add_argument("--composition", type=Path, required=True, help="the composition, a JSON file")
    rendering.add_argument("--assets", type=Path, required=True, help="folder with one file per asset id")
    rendering.add_argument("--output", type=Path, required=True, help="where the MP4 appears")
    commands.add_parser("version", help="say which engine this is")
    return parser.parse_args(arguments)


def _stop(number: int, _frame: FrameType | None) -> None:
    for again in (signal.SIGTERM, signal.SIGINT):
        signal.signal(again, signal.SIG_IGN)
    raise Cancelled(number)


def _drawing() -> None:
    _say(event="progress", percent=0, stage="drawing")


def _report(percent: int) -> None:
    _say(event="progress", percent=percent, stage="encoding")


def _say_result(wanted: Composition, output: Path) -> None:
    _say(event="progress", percent=100, stage="done")
    size = output.stat().st_size
    _say(
        event="result",
        duration_s=round(wanted.seconds, 3),
        width=wanted.width,
        height=wanted.height,
        bytes=size,
    )


def _say(**fields: object) -> None:
    sys.stdout.write(json.dumps(fields) + "\n")
    sys.stdout.flush()
