"""`python -m local.emulator --port N`: serve until SIGTERM or until the parent is gone."""

import argparse
import os
import signal
import socket
import sys
import threading
from types import FrameType

from local.processes import children

HOST = "127.0.0.1"


def main() -> None:
    """Print the URL once the emulator answers, then serve."""
    parser = argparse.ArgumentParser(prog="python -m local.emulator", description="AWS on this machine.")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--fd", type=int, help="serve on this inherited socket instead")
    arguments = parser.parse_args()
    children.exit_with_parent()
    listener = _listener(arguments.port, arguments.fd)
    # Only now: moto takes seconds, in which a parent may die.
    from local.emulator import server  # noqa: PLC0415

    emulator = server.build(listener)
    stop = threading.Event()
    threading.Thread(target=server.keep_time, args=(stop,), daemon=True).start()
    threading.Thread(
        target=server.dispatcher.load, args=(os.environ.get("AWS_REGION", "eu-central-1"),), daemon=True
    ).start()

    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()
        threading.Thread(target=emulator.shutdown).start()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    sys.stdout.write(f"http://{HOST}:{emulator.port}\n")
    sys.stdout.flush()
    emulator.serve_forever()
    emulator.server_close()
    os._exit(0)  # nothing is left to save, and taking down so many modules takes a second


def _listener(port: int, inherited: int | None) -> socket.socket:
    if inherited is not None:
        return socket.socket(fileno=inherited)
    try:
        return socket.create_server((HOST, port), backlog=128)
    except OSError as problem:
        sys.exit(
            f"Port {port} cannot be used ({problem.strerror}). Choose another one, or 0 for any free one."
        )


if __name__ == "__main__":
    main()
