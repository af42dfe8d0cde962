"""An engine that behaves as its composition's `behave` says; the tests start it as a child process."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path


def say(**fields: object) -> None:
    sys.stdout.write(json.dumps(fields) + "\n")
    sys.stdout.flush()


def child_that_stays(composition: Path) -> None:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    note(composition, child.pid)


def note(composition: Path, pid: int) -> None:
    partial = composition.parent.parent / f"pid.{os.getpid()}.partial"
    partial.write_text(str(pid))
    partial.rename(composition.parent.parent / "pid")


def done(output: Path, words: bytes = b"video") -> None:
    output.write_bytes(words)
    say(event="result", duration_s=2.5, width=64, height=36, bytes=len(words))


def misplace(kind: str, composition: Path, output: Path) -> None:
    """Something else stands where the video or the log should."""
    match kind:
        case "link":
            output.symlink_to(composition)
            say(event="result", duration_s=1, width=2, height=2, bytes=3)
        case "link_to_folder":
            elsewhere = composition.parent.parent.parent / "elsewhere"
            elsewhere.mkdir()
            (elsewhere / "video.mp4").write_bytes(b"secret")
            composition.parent.rename(composition.parent.with_name("moved"))
            composition.parent.symlink_to(elsewhere)
            say(event="result", duration_s=1, width=2, height=2, bytes=3)
        case "pipe":
            os.mkfifo(output)
            say(event="result", duration_s=1, width=2, height=2, bytes=3)
        case "log_pipe":
            (composition.parent / "engine.log").unlink()
            os.mkfifo(composition.parent / "engine.log")
            done(output)
        case "log_link":
            (composition.parent / "engine.log").unlink()
            (composition.parent / "engine.log").symlink_to("/etc/hostname")
            done(output)


def tell(kind: str, composition: Path, output: Path) -> None:
    """What the engine was given, as its video."""
    if kind == "composition":
        files = {path.name: path.read_text() for path in (composition.parent / "assets").iterdir()}
        return done(output, json.dumps({**json.loads(composition.read_bytes()), "files": files}).encode())
    if "--poster" in sys.argv:
        Path(sys.argv[sys.argv.index("--poster") + 1]).write_bytes(b"poster")
    return done(output, json.dumps(sys.argv[8:]).encode())


def behave(kind: str, composition: Path, output: Path) -> int:  # noqa: C901, PLR0911, PLR0912
    match kind:
        case "refuse":
            say(event="error", code="composition_invalid", detail="scenes[0] is odd")
            return 2
        case "asset_missing" | "asset_unreadable":
            say(event="error", code=kind, detail="asset a is bad")
            return 2
        case "transient":
            say(event="error", code="font_missing", detail="no font")
            return 3
        case "crash":
            sys.stderr.write("Segmentation fault, sort of\n")
            return 77
        case "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        case "mute":
            return 0
        case "no_output":
            say(event="result", duration_s=1, width=2, height=2, bytes=3)
            return 0
        case "hang":
            say(event="progress", percent=10, stage="hanging")
            note(composition, os.getpid())
            time.sleep(600)
        case "stubborn":
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            child_that_stays(composition)
            say(event="progress", percent=10, stage="ignoring")
            time.sleep(600)
        case "leaves_a_child":
            child_that_stays(composition)
            done(output)
        case "noise":
            for line in (
                b"hello\n",
                b"\xff\xfe\n",
                b"{not json}\n",
                b'{"event": "dance"}\n',
                b"[1]\n",
                b"{}\n",
            ):
                os.write(1, line)
            os.write(1, b'{"event": "progress", "percent": "many", "stage": 7}\n')
            os.write(1, b"x" * 64 * 1024 + b'{"event": "error", "code": "forged", "detail": ""}\n')
            done(output)
        case "flood":
            for _ in range(200):
                os.write(1, b"o" * 20_000 + b"\n")
                os.write(2, b"e" * 20_000 + b"\n")
            os.write(2, b"the last words\n")
            done(output)
        case "link" | "link_to_folder" | "pipe" | "log_pipe" | "log_link":
            misplace(kind, composition, output)
        case "environment":
            done(output, json.dumps(dict(os.environ)).encode())
        case "assets":
            assets = sorted(path.name for path in (composition.parent / "assets").iterdir())
            done(output, json.dumps(assets).encode())
        case "composition" | "arguments":
            tell(kind, composition, output)
        case _:
            for percent in (0, 50, 100):
                say(event="progress", percent=percent, stage="encoding")
            done(output)
    return 0


def main() -> int:
    if sys.argv[1] == "version":
        say(event="version", engine="fake")
        return 0
    composition, output = Path(sys.argv[3]), Path(sys.argv[7])
    kind = json.loads(composition.read_bytes()).get("behave", "render")
    return behave(kind, composition, output)


if __name__ == "__main__":
    sys.exit(main())
