"""An engine's run on disk, never more than a fixed number of bytes: how it began and how it ended.

The engine's own words, and between them in brackets what the agent saw of it and when.
"""

import contextlib
import threading
import time
from collections import deque
from pathlib import Path
from types import TracebackType
from typing import Self

MOST_BYTES = 1024 * 1024


class EngineLog:
    """A file that keeps the first and the last half of what is written; usable from several threads."""

    def __init__(self, path: Path, most_bytes: int = MOST_BYTES) -> None:
        self._file = path.open("wb")
        self._half = most_bytes // 2
        self._begun = 0
        self._last: deque[bytes] = deque()
        self._last_bytes = 0
        self._left_out = 0
        self._at_line_start = True
        self._opened_at = time.monotonic()
        self._lock = threading.Lock()

    def write(self, words: bytes) -> None:
        """Adds words; after the file is closed, or when the disk is full, they are dropped.

        Whoever calls reads from the engine and must go on, or the engine waits for it forever.
        """
        with self._lock:
            self._add(words)

    def note(self, sentence: str) -> None:
        """Adds what the agent saw, on a line of its own with the seconds since the log was opened."""
        line = f"[{time.monotonic() - self._opened_at:.1f} s] {sentence}\n".encode(errors="replace")
        with self._lock:
            self._add(line if self._at_line_start else b"\n" + line)

    def _add(self, words: bytes) -> None:
        with contextlib.suppress(OSError):
            if self._file.closed or not words:
                return
            self._at_line_start = words.endswith(b"\n")
            room = self._half - self._begun
            if room > 0:
                self._file.write(words[:room])
                self._begun += len(words[:room])
                words = words[room:]
            if words:
                self._keep_last(words[-self._half :])
                self._left_out += max(0, len(words) - self._half)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        with self._lock:
            with contextlib.suppress(OSError):
                if self._left_out:
                    self._file.write(f"\n[{self._left_out} bytes left out]\n".encode())
                self._file.writelines(self._last)
            with contextlib.suppress(OSError):
                self._file.close()

    def _keep_last(self, words: bytes) -> None:
        self._last.append(words)
        self._last_bytes += len(words)
        while self._last_bytes > self._half:
            dropped = self._last.popleft()
            self._last_bytes -= len(dropped)
            self._left_out += len(dropped)


class EngineOutput(EngineLog):
    """What an engine itself prints, without a word of the agent's."""

    def note(self, sentence: str) -> None:
        """The agent's words are dropped."""
