"""Which archives cannot be installed, and that each is said in words; fetching is a copy here.

The whole way, with S3 and the document, is in `tests/components/documents/test_render_bootstrap.py`.
"""

import hashlib
import io
import shutil
import struct
import zipfile
from pathlib import Path

import boto3
import pytest
from boto3.exceptions import RetriesExceededError

from handlers.render_agent.bootstrap import engine_archive
from handlers.render_agent.bootstrap.engine_archive import Archive, install
from handlers.render_agent.bootstrap.steps import BootError, Folders

ADDRESS = "https://s3.eu-central-1.amazonaws.com/artifacts/engine/x.zip"


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    made = Folders(root=tmp_path)
    made.downloads.mkdir()
    made.engines.mkdir()
    return made


def zipped(names: tuple[str, ...] = ("bin/engine",), *, method: int = zipfile.ZIP_STORED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name in names:
            archive.writestr(name, "#!/bin/sh\n" * 20)
    return buffer.getvalue()


def with_a_password(content: bytes) -> bytes:
    """The flag for an encrypted member, in its header and in the directory (APPNOTE 4.4.4)."""
    changed = bytearray(content)
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = changed.index(mark) + offset
        struct.pack_into("<H", changed, at, 1)
    return bytes(changed)


def damaged(content: bytes) -> bytes:
    """One compressed member whose first bytes are no compressed data."""
    changed = bytearray(content)
    at = changed.index(b"bin/engine") + len(b"bin/engine")
    changed[at : at + 4] = b"\xff\xff\xff\xff"
    return bytes(changed)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(with_a_password(zipped()), "is encrypted, password required", id="a password"),
        pytest.param(damaged(zipped(method=zipfile.ZIP_DEFLATED)), "cannot be unpacked", id="damaged"),
        pytest.param(b"no zip", "File is not a zip file", id="another format"),
        pytest.param(zipped(("bin", "bin/engine")), "cannot be unpacked", id="a file where a folder must be"),
    ],
)
def test_an_archive_that_cannot_be_unpacked_says_why_and_leaves_nothing(
    content: bytes, words: str, folders: Folders, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "given.zip").write_bytes(content)
    monkeypatch.setattr(
        engine_archive, "_fetch", lambda _archive, into: shutil.copy(tmp_path / "given.zip", into)
    )
    archive = Archive(address=ADDRESS, sha256=hashlib.sha256(content).hexdigest())

    with pytest.raises(BootError, match=words):
        install(archive, folders, "python3")

    assert [*folders.engines.iterdir(), *folders.downloads.iterdir()] == []


def test_a_download_that_breaks_off_again_and_again_says_so(
    folders: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Bucket:
        def download_file(self, _bucket: str, _key: str, _into: str) -> None:
            raise RetriesExceededError(ConnectionResetError("connection reset"))

    monkeypatch.setattr(boto3, "client", lambda *_args, **_options: Bucket())

    with pytest.raises(BootError, match="cannot be fetched"):
        install(Archive(address=ADDRESS, sha256="0" * 64), folders, "python3")
