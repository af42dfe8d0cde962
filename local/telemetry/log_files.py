"""Log files of child processes, shipped line by line to the log groups that are deployed for them.

Lambda, the awslogs driver of ECS and the CloudWatch agent all date a line by when they got it, and so does
this; each file is followed by its name and read from its beginning.
"""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from local.emulator.connection import Connection

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_logs.type_defs import InputLogEventTypeDef

_ROUND_S = 0.25
_PIECE = 256 * 1024
"""Bytes read of one file in one round; the rest follows in the next."""
_LINE_LIMIT = 256 * 1024
"""A longer line is cut: a `PutLogEvents` event may have as many bytes less what it costs itself."""
_EVENT_COST, _BATCH_BYTES, _BATCH_EVENTS = 26, 1_048_576, 10_000
"""https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html"""


@dataclass(frozen=True, kw_only=True)
class Destination:
    """The stream that a file's lines go to."""

    group: str
    stream: str


@dataclass
class _Followed:
    """A file, and how much of it has been shipped."""

    destination: Destination
    position: int = 0
    inode: int = 0
    stream_exists: bool = False
    turn: threading.Lock = field(default_factory=threading.Lock)


@dataclass
class LogFiles:
    """The files of all processes; a file whose log group is not there yet waits where it is."""

    connection: Connection
    _files: dict[Path, _Followed] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._logs = self.connection.logs()

    def follow(self, path: Path, destination: Destination) -> None:
        """Ship this file from now on; following it again changes nothing."""
        self._files.setdefault(path, _Followed(destination))

    def finish(self, folder: Path) -> None:
        """Ship what is left in every file below a folder, and follow them no more."""
        for path in [path for path in list(self._files) if path.is_relative_to(folder)]:
            followed = self._files.pop(path)
            with suppress(BotoCoreError, ClientError):
                while self._ship(path, followed, last=True):
                    pass

    def work(self, stop: threading.Event) -> None:
        """Ship until `stop` is set."""
        while not stop.wait(_ROUND_S):
            self.flush()

    def flush(self) -> None:
        """Ship what has been added to all files."""
        for path in list(self._files):
            self.ship(path)

    def ship(self, path: Path) -> None:
        """Ship what has been added to a file; without its group or the emulator it stays for later."""
        if followed := self._files.get(path):
            with suppress(BotoCoreError, ClientError):
                self._ship(path, followed, last=False)

    def _ship(self, path: Path, followed: _Followed, *, last: bool) -> bool:
        """Ship one piece of a file; whether there was one."""
        with followed.turn:
            piece = _piece(path, followed, last=last)
            if not piece:
                return False
            if not followed.stream_exists:
                _make_stream(self._logs, followed.destination)
                followed.stream_exists = True
            to = followed.destination
            for batch in _batches(piece, int(time.time() * 1000)):
                self._logs.put_log_events(logGroupName=to.group, logStreamName=to.stream, logEvents=batch)
            followed.position += len(piece)
            return True


def _piece(path: Path, followed: _Followed, *, last: bool) -> bytes:
    """The next whole lines of a file; when nobody writes it any more, also a line without an end."""
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            if status.st_ino != followed.inode or status.st_size < followed.position:
                followed.inode, followed.position = status.st_ino, 0  # another file has this name now
            file.seek(followed.position)
            piece = file.read(_PIECE)
    except FileNotFoundError:
        return b""
    whole = piece[: piece.rfind(b"\n") + 1]
    return piece if last or len(piece) == _PIECE > len(whole) == 0 else whole


def _make_stream(logs: "CloudWatchLogsClient", destination: Destination) -> None:
    with suppress(logs.exceptions.ResourceAlreadyExistsException):
        logs.create_log_stream(logGroupName=destination.group, logStreamName=destination.stream)


def _batches(piece: bytes, now_ms: int) -> "Iterator[list[InputLogEventTypeDef]]":
    batch: list[InputLogEventTypeDef] = []
    size = 0
    for line in piece.split(b"\n"):
        if not line.strip():
            continue
        cut = line[: _LINE_LIMIT - _EVENT_COST]
        cost = len(cut) + _EVENT_COST
        if batch and (size + cost > _BATCH_BYTES or len(batch) == _BATCH_EVENTS):
            yield batch
            batch, size = [], 0
        batch.append({"timestamp": now_ms, "message": cut.decode(errors="replace")})
        size += cost
    if batch:
        yield batch
