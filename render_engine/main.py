"""The command `clipit-engine`: renders one composition and speaks the engine protocol on standard output."""

import argparse
import contextlib
import json
import os
import signal
import sys
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType

from render_engine.children import find_ffmpeg
from render_engine.composition import COMPOSITION_VERSION, Composition
from render_engine.encoding import encode
from render_engine.errors import Cancelled, EncoderFailed, EngineError, Refused, TryAgainLater
from render_engine.inspection import find, listen, look
from render_engine.output.formats import FORMATS, MEDIUM, MP4, QUALITIES, Poster, Wanted
from render_engine.parsing import parse
from render_engine.plan import Material, plan
from render_engine.postmortem import blame
from render_engine.text.lettering import letter

ENGINE_VERSION = "1.4.0"
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
            **json.loads(files(__package__).joinpath("output/description.json").read_text("utf-8")),
        )
        return 0
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _stop)
    try:
        render(composition=options.composition, assets=options.assets, made=_made(options))
    except EngineError as error:
        _say(event="error", code=error.code, detail=error.detail)
        return error.exit_code
    except Cancelled as cancelled:
        with contextlib.suppress(OSError):
            _say(event="error", code="cancelled", detail="The render was asked to stop.")
        return cancelled.exit_code
    return 0


def render(*, composition: Path, assets: Path, made: Wanted) -> None:
    """Renders a composition file into the files of `made`, which appear only when they are complete.

    Raises:
        EngineError: with the code that the protocol reports.
    """
    _say(event="progress", percent=0, stage="checking")
    wanted = parse(_read(composition))
    ffmpeg = find_ffmpeg()
    found = find(wanted, assets)
    footage = look(wanted, found, ffmpeg)
    sounds = listen(wanted, found, footage, ffmpeg)
    # One name per process, so that an earlier attempt that still dies cannot write into this one.
    partials = {
        output.resolve().with_name(f".{output.name}.{os.getpid()}.partial"): output for output in made.outputs
    }
    written = made.at(*partials)
    try:
        with TemporaryDirectory(prefix="clipit-engine-") as folder:
            lettered = letter(wanted, found, Path(folder), mark=made.mark, at_work=_drawing)
            material = Material(
                files=found,
                footage=footage,
                sounds=sounds,
                words=lettered.words,
                captions=lettered.captions,
                mark=lettered.mark,
            )
            work = plan(wanted, material, written)
            encode(work, ffmpeg=ffmpeg, folder=Path(folder), partials=written.outputs, report=_report)
        for partial, output in partials.items():
            _publish(partial, output)
    except EncoderFailed as error:
        raise blame(error, wanted, material, ffmpeg) from error
    finally:
        for partial in partials:
            partial.unlink(missing_ok=True)
    _say_result(wanted, made.output)


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
    parser = argparse.ArgumentParser(prog="clipit-engine", description="Renders compositions into videos.")
    commands = parser.add_subparsers(dest="command", required=True)
    rendering = commands.add_parser("render", help="render one composition")
    rendering.add_argument("--composition", type=Path, required=True, help="the composition, a JSON file")
    rendering.add_argument("--assets", type=Path, required=True, help="folder with one file per asset id")
    rendering.add_argument("--output", type=Path, required=True, help="where the video appears")
    rendering.add_argument("--format", choices=FORMATS, default=MP4.name, help="what the video is")
    rendering.add_argument("--quality", choices=QUALITIES, default=MEDIUM, help="how much of it is kept")
    rendering.add_argument("--poster", type=Path, help="where a JPEG of the video appears")
    rendering.add_argument("--poster-at", type=float, default=0, help="the second of the video that it shows")
    rendering.add_argument("--mark", help="words laid over the whole video, whatever the composition says")
    commands.add_parser("version", help="say which engine this is")
    return parser.parse_args(arguments)


def _made(options: argparse.Namespace) -> Wanted:
    poster = Poster(at=max(0.0, options.poster_at), output=options.poster) if options.poster else None
    return Wanted(
        output=options.output,
        format=FORMATS[options.format],
        quality=options.quality,
        poster=poster,
        mark=options.mark,
    )


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
