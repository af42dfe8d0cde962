"""Files through signed links: whole or not there, without the key, and with errors that hold no link."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeAlias

import httpx
import pytest
from clipit_client import AsyncClient, Client, DownloadError

from tests.clients.python.clipit_client.documents import RENDER

VIDEO = b"video" * 1000
LINK = "https://store/video?X-Amz-Signature=abc"
Store: TypeAlias = Callable[[httpx.Request], httpx.Response]


def transport(store: Store, state: str = "succeeded") -> httpx.MockTransport:
    """The API with one render, and the object store with its video."""
    output = {
        "url": LINK,
        "url_expires_at": "2026-01-01T00:00:00Z",
        "duration_s": 2.0,
        "width": 320,
        "height": 180,
        "bytes": len(VIDEO),
    }
    found = {**RENDER, "state": state, "output": output if state == "succeeded" else None}

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=found) if request.url.host == "api" else store(request)

    return httpx.MockTransport(answer)


def blocking(found: httpx.MockTransport, target: Path) -> str:
    with Client(url="https://api", key="ck_1", retries=0, http=httpx.Client(transport=found)) as client:
        return client.renders.download("r_1", target).id


def in_asyncio(found: httpx.MockTransport, target: Path) -> str:
    async def program() -> str:
        http = httpx.AsyncClient(transport=found)
        async with AsyncClient(url="https://api", key="ck_1", retries=0, http=http) as client:
            return (await client.renders.download("r_1", target)).id

    return asyncio.run(program())


both = pytest.mark.parametrize("download", [blocking, in_asyncio])


@both
def test_a_video_is_kept_and_the_object_store_gets_no_key(
    tmp_path: Path, download: Callable[..., str]
) -> None:
    seen: list[httpx.Request] = []

    def store(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, content=VIDEO)

    target = tmp_path / "new" / "video.mp4"
    assert download(transport(store), target) == "r_1"
    assert target.read_bytes() == VIDEO
    assert list(target.parent.iterdir()) == [target]
    assert "Authorization" not in seen[0].headers


@both
@pytest.mark.parametrize(
    ("store", "said"),
    [
        pytest.param(lambda _: httpx.Response(403, content=VIDEO * 2), "refused .* status 403", id="expired"),
        pytest.param(
            lambda _: httpx.Response(200, content=VIDEO[1:]), "has 4999 bytes, and 5000", id="short"
        ),
        pytest.param(lambda _: httpx.Response(200, content=VIDEO * 2), "larger than 5000 bytes", id="long"),
        pytest.param(lambda _: httpx.Response(302, headers={"Location": "/"}), "status 302", id="redirect"),
    ],
)
def test_a_video_that_is_not_whole_is_not_kept(
    tmp_path: Path, download: Callable[..., str], store: Store, said: str
) -> None:
    target = tmp_path / "video.mp4"
    target.write_bytes(b"before")
    with pytest.raises(DownloadError, match=said) as found:
        download(transport(store), target)
    assert "Signature" not in str(found.value)
    assert (list(tmp_path.iterdir()), target.read_bytes()) == ([target], b"before")


def test_an_object_store_that_does_not_answer_is_named_without_its_link(tmp_path: Path) -> None:
    def store(_: httpx.Request) -> httpx.Response:
        raise httpx.ReadError("cut off")

    with pytest.raises(DownloadError, match="https://store/video: cut off") as found:
        blocking(transport(store), tmp_path / "video.mp4")
    assert "Signature" not in str(found.value)
    assert list(tmp_path.iterdir()) == []


def test_two_downloads_to_one_place_do_not_disturb_each_other(tmp_path: Path) -> None:
    both_have_begun = threading.Barrier(2, timeout=10)

    def parts() -> Iterator[bytes]:
        yield VIDEO[:10]
        both_have_begun.wait()
        yield VIDEO[10:]

    found = transport(lambda _: httpx.Response(200, content=parts()))
    target = tmp_path / "video.mp4"
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(lambda _: blocking(found, target), range(2))) == ["r_1", "r_1"]
    assert target.read_bytes() == VIDEO
    assert list(tmp_path.iterdir()) == [target]


def test_a_render_without_a_video_says_so(tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match="r_1 is queued and has no video"):
        blocking(transport(lambda _: httpx.Response(500), "queued"), tmp_path / "video.mp4")


def test_a_place_that_cannot_be_written_is_the_systems_own_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file"):
        blocking(transport(lambda _: httpx.Response(200, content=VIDEO)), tmp_path / "file" / "video.mp4")
