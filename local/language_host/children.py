"""The child processes of the language host: none outlives it."""

import queue
import subprocess
import threading
from collections.abc import Iterator, Mapping
from typing import IO, Final

SECONDS_TO_END: Final = 2.0


class Children:
    """The child processes that run, so that none outlives the host."""

    def __init__(self) -> None:
        self._running: set[subprocess.Popen[bytes]] = set()
        self._lock = threading.Lock()

    def start(
        self,
        command: list[str],
        *,
        folder: str,
        environment: Mapping[str, str],
        pipes: tuple[int | None, int | None],
    ) -> "subprocess.Popen[bytes]":
        """Start a child; `pipes` are its standard input and its two outputs."""
        given, out = pipes
        with self._lock:
            child = subprocess.Popen(
                command, cwd=folder, env=dict(environment), stdin=given, stdout=out, stderr=out
            )
            self._running.add(child)
        return child

    def forget(self, child: "subprocess.Popen[bytes]") -> None:
        """The child has ended."""
        with self._lock:
            self._running.discard(child)

    def running(self) -> list["subprocess.Popen[bytes]"]:
        """Every child that was started and not forgotten."""
        with self._lock:
            return list(self._running)

    def end(self) -> None:
        """End every child: asked first, killed when it does not listen."""
        running = self.running()
        for child in running:
            child.terminate()
        for child in running:
            try:
                child.wait(SECONDS_TO_END)
            except subprocess.TimeoutExpired:
                child.kill()


def lines_of(child: "subprocess.Popen[bytes]") -> Iterator[tuple[bool, bytes]]:
    """Both outputs line by line, as they come; true marks the error output."""
    lines: queue.Queue[tuple[bool, bytes]] = queue.Queue()

    def listen(stream: IO[bytes], *, is_error: bool) -> None:
        for line in stream:
            lines.put((is_error, line))
        lines.put((is_error, b""))

    streams = [(False, child.stdout), (True, child.stderr)]
    for is_error, stream in streams:
        if stream is not None:
            threading.Thread(
                target=listen, args=(stream,), kwargs={"is_error": is_error}, daemon=True
            ).start()
    ended = 0
    while ended < len(streams):
        is_error, line = lines.get()
        if line:
            yield is_error, line
        else:
            ended += 1
