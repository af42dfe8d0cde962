"""Lines of log files reach their groups: whole, once, in batches, also the last ones."""

from pathlib import Path
from typing import Any

import pytest

from local.emulator.connection import Connection
from local.telemetry import log_files
from local.telemetry.log_files import Destination, LogFiles


@pytest.fixture
def group(connection: Connection, unique: str) -> str:
    connection.logs().create_log_group(logGroupName=unique)
    return unique


@pytest.fixture
def files(connection: Connection) -> LogFiles:
    return LogFiles(connection)


def follow(files: LogFiles, path: Path, group: str) -> None:
    files.follow(path, Destination(group=group, stream="s"))


def lines(connection: Connection, group: str) -> list[str]:
    found = connection.logs().get_log_events(logGroupName=group, logStreamName="s", startFromHead=True)
    return [event["message"] for event in found["events"]]


def test_each_line_is_an_event_once_and_an_unfinished_one_waits(
    connection: Connection, files: LogFiles, group: str, tmp_path: Path
) -> None:
    path = tmp_path / "a.log"
    follow(files, path, group)
    files.ship(path)  # nothing is there yet
    path.write_text("one\n\ntwo\nthr")
    files.ship(path)
    assert lines(connection, group) == ["one", "two"]
    with path.open("a") as log:
        log.write("ee\n")
    for _ in range(2):
        files.ship(path)
    assert lines(connection, group) == ["one", "two", "three"]


def test_the_last_lines_of_a_folder_are_shipped_before_it_goes(
    connection: Connection, files: LogFiles, group: str, tmp_path: Path
) -> None:
    path = tmp_path / "instance" / "opt" / "agent.log"
    path.parent.mkdir(parents=True)
    follow(files, path, group)
    path.write_text("one\nlast without an end")
    files.finish(tmp_path / "instance")
    assert lines(connection, group) == ["one", "last without an end"]


def test_a_file_waits_for_its_group(
    connection: Connection, files: LogFiles, unique: str, tmp_path: Path
) -> None:
    path = tmp_path / "a.log"
    path.write_text("one\n")
    follow(files, path, unique)
    files.ship(path)
    connection.logs().create_log_group(logGroupName=unique)
    files.ship(path)
    assert lines(connection, unique) == ["one"]


def test_a_file_that_takes_the_name_of_another_is_read_from_its_beginning(
    connection: Connection, files: LogFiles, group: str, tmp_path: Path
) -> None:
    path = tmp_path / "a.log"
    path.write_text("old\n")
    follow(files, path, group)
    files.ship(path)
    path.rename(tmp_path / "a.log.1")
    path.write_text("new\n")
    files.ship(path)
    assert lines(connection, group) == ["old", "new"]


def test_much_is_shipped_in_pieces_and_a_long_line_is_cut(
    connection: Connection, files: LogFiles, group: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_files, "_PIECE", 64)
    monkeypatch.setattr(log_files, "_BATCH_EVENTS", 2)
    monkeypatch.setattr(log_files, "_LINE_LIMIT", 36)
    path = tmp_path / "a.log"
    path.write_text("".join(f"{n}\n" for n in range(40)) + "x" * 50 + "\n")
    follow(files, path, group)
    while files_position(files, path) < path.stat().st_size:
        files.ship(path)
    assert lines(connection, group) == [*(str(n) for n in range(40)), "x" * 10]


def files_position(files: Any, path: Path) -> int:
    position: int = files._files[path].position
    return position
