"""Files that compositions name by URL: fetched, cached by their tags, refused by place, host and status."""

import errno
import json
import os
import socket
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from handlers.jobs.model import Failure
from handlers.jobs.outgoing.asset_links import name_of
from handlers.jobs.outgoing.targets import resolve
from handlers.jobs.reasons import FailureCode
from handlers.jobs.states import JobState
from handlers.jobs.store.keys import output_folder
from handlers.render_agent.inputs import linked_files as module
from handlers.render_agent.inputs.linked_files import LinkedFiles, Wanted
from tests.handlers.render_agent.link_server import PUBLIC_ADDRESS, answer, answering, linked_files, serving

if TYPE_CHECKING:
    from tests.handlers.render_agent.conftest import World

URL = "https://files.example.com/logo.png?token=secret"
PLACE = "/composition/scenes/0/image/asset"


def lay_out(
    files: LinkedFiles, folder: Path, *urls: str, tenant: str = "acme"
) -> tuple[Failure | None, Sequence[Path]]:
    wanted = [Wanted(url=url, place=PLACE, into=folder / name_of(url)) for url in urls or (URL,)]
    failure = files.lay_out(wanted, tenant=tenant, should_stop=lambda: False)
    return failure, [one.into for one in wanted]


def test_a_file_is_laid_out_as_it_is_sent(tmp_path: Path) -> None:
    with serving(answering([answer(200, b"picture")])) as server:
        failure, (file,) = lay_out(linked_files(server.port, tmp_path / "cache"), tmp_path)
    assert failure is None
    assert file.read_bytes() == b"picture"
    head = server.heads[0]
    assert head.startswith("GET /logo.png?token=secret HTTP/1.1\r\n")
    assert "Host: files.example.com" in head
    assert "Accept-Encoding: identity" in head


@pytest.mark.parametrize(
    "sent",
    [
        b"HTTP/1.1 200 OK\r\n\r\npicture",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npict\r\n3;x=y\r\nure\r\n0\r\n\r\n",
        b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\npicture",
    ],
    ids=["until it hangs up", "in chunks", "after a hint"],
)
def test_a_file_may_be_sent_in_any_way_of_http(tmp_path: Path, sent: bytes) -> None:
    with serving(answering([sent])) as server:
        failure, (file,) = lay_out(linked_files(server.port, tmp_path / "cache"), tmp_path)
    assert failure is None
    assert file.read_bytes() == b"picture"


def test_a_file_that_is_still_the_same_is_not_sent_again(tmp_path: Path) -> None:
    answers = [answer(200, b"old", ETag='"1"'), answer(304), answer(200, b"new", ETag='"2"'), answer(304)]
    found = []
    with serving(answering(answers)) as server:
        for number in range(4):
            folder = tmp_path / str(number)
            folder.mkdir()
            failure, (file,) = lay_out(linked_files(server.port, tmp_path / "cache"), folder)
            assert failure is None
            found.append(file.read_bytes())
    assert found == [b"old", b"old", b"new", b"new"]
    tags = [[line for line in head.split("\r\n") if line.startswith("If-None")] for head in server.heads]
    assert tags == [[], ['If-None-Match: "1"'], ['If-None-Match: "1"'], ['If-None-Match: "2"']]


def test_what_one_tenant_fetched_no_other_gets(tmp_path: Path) -> None:
    with serving(answering([answer(200, b"a", ETag='"1"'), answer(200, b"b", ETag='"1"')])) as server:
        for tenant in ("acme", "other"):
            assert lay_out(linked_files(server.port, tmp_path / "c"), tmp_path, tenant=tenant)[0] is None
    assert not any("If-None-Match" in head for head in server.heads)


def test_redirects_are_followed_three_times(tmp_path: Path) -> None:
    hops = {
        "/logo.png?token=secret": answer(302, Location="/1"),
        "/1": answer(307, Location="https://cdn.example.com/2#part"),
        "/2": answer(301, Location="//other.example.com/3"),
        "/3": answer(200, b"picture"),
    }
    with serving(answering(hops)) as server:
        failure, (file,) = lay_out(linked_files(server.port, tmp_path / "cache"), tmp_path)
        assert (failure, file.read_bytes()) == (None, b"picture")
        assert "Host: other.example.com" in server.heads[-1]
    with serving(answering({**hops, "/3": answer(302, Location="/4")})) as server:
        failure, _ = lay_out(linked_files(server.port, tmp_path / "cache"), tmp_path)
        assert len(server.heads) == 4
    assert failure == Failure(
        code=FailureCode.ASSET_UNREACHABLE, detail=f"{PLACE}: other.example.com redirects more than 3 times"
    )


@pytest.mark.parametrize(
    ("last", "detail"),
    [
        (answer(404), "cdn.example.com answered 404"),
        (b"nonsense", "cdn.example.com did not answer: what the receiver speaks is not HTTP/1.x"),
        (answer(302, Location="http://[/"), "cdn.example.com redirects to what is no URL"),
        (answer(302, Location="http://x.example.com/"), "x.example.com cannot be used"),
        (answer(302, Location=f"http://{'x' * 9_000}/"), f"{'x' * 253} cannot be used"),
        (answer(302, Location="http://x\x1bc/"), "no host cannot be used"),
        (answer(200, b"123456789"), "the file of cdn.example.com has more than 8 bytes"),
    ],
    ids=["status", "no answer", "no URL", "refused", "long", "control", "size"],
)
def test_a_failure_names_the_host_to_which_the_redirects_led(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, last: bytes, detail: str
) -> None:
    monkeypatch.setattr(module, "MOST_BYTES_OF_A_FILE", 8)
    hops = {
        "/logo.png?token=secret": answer(302, Location="https://cdn.example.com/2?key=secret"),
        "/2?key=secret": last,
    }
    with serving(answering(hops)) as server:
        failure, _ = lay_out(linked_files(server.port, tmp_path / "cache"), tmp_path)
    assert failure is not None
    assert failure.detail.startswith(f"{PLACE}: {detail}")
    assert "secret" not in failure.detail


@pytest.mark.parametrize(("status", "tries"), [(404, 1), (403, 1), (304, 1), (206, 1), (503, 3), (429, 3)])
def test_an_answer_without_the_file_is_told_by_place_host_and_status(
    tmp_path: Path, status: int, tries: int
) -> None:
    with serving(answering([answer(status)] * tries)) as server:
        failure, _ = lay_out(linked_files(server.port, tmp_path / "cache"), tmp_path)
    assert failure == Failure(
        code=FailureCode.ASSET_UNREACHABLE, detail=f"{PLACE}: files.example.com answered {status}"
    )
    assert len(server.heads) == tries


@pytest.mark.parametrize("size", [1, 1_000_000], ids=["as it is closed", "as it is written"])
def test_a_disk_that_is_full_is_no_fault_of_the_server(tmp_path: Path, size: int) -> None:
    (tmp_path / name_of(URL)).symlink_to("/dev/full")
    with serving(answering([answer(200, b"x" * size)] * 3)) as server:
        with pytest.raises(OSError, match="No space left on device"):
            lay_out(linked_files(server.port, tmp_path / "cache"), tmp_path)
        assert len(server.heads) == 1


def test_a_file_that_may_not_be_made_is_no_fault_of_the_server(tmp_path: Path) -> None:
    (tmp_path / name_of(URL)).mkdir()
    with serving(answering([answer(200, b"picture")] * 3)) as server, pytest.raises(IsADirectoryError):
        lay_out(linked_files(server.port, tmp_path / "cache"), tmp_path)


def test_a_cache_on_a_broken_disk_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with serving(answering([answer(200, b"picture", ETag='"1"')])) as server, monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", broken)
        assert lay_out(linked_files(server.port, tmp_path / "cache"), tmp_path)[0] is None


def test_a_name_that_has_its_address_the_second_time_is_enough(tmp_path: Path) -> None:
    faults = [socket.gaierror(socket.EAI_AGAIN, "try again")]

    def ask(_host: str, _port: int) -> list[str]:
        if faults:
            raise faults.pop()
        return [PUBLIC_ADDRESS]

    with serving(answering([answer(200, b"picture")])) as server:
        files = linked_files(server.port, tmp_path / "cache", look_up=partial(resolve, ask=ask))
        assert lay_out(files, tmp_path)[0] is None


def test_an_answer_that_is_there_the_second_time_is_enough(tmp_path: Path) -> None:
    with serving(answering([answer(503), answer(200, b"picture")])) as server:
        assert lay_out(linked_files(server.port, tmp_path / "cache"), tmp_path)[0] is None


def test_files_have_a_size_alone_and_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_BYTES_OF_A_FILE", 8)
    monkeypatch.setattr(module, "MOST_BYTES_OF_A_RENDER", 12)
    with serving(answering([answer(200, b"123456789")])) as server:
        failure, _ = lay_out(linked_files(server.port, tmp_path / "cache"), tmp_path)
    assert failure is not None
    assert failure.code is FailureCode.ASSET_TOO_LARGE
    assert (
        failure.detail == f"{PLACE}: the file of files.example.com has more than 8 bytes, which are allowed"
    )
    with serving(answering([answer(200, b"12345678"), answer(200, b"12345678")])) as server:
        failure, _ = lay_out(linked_files(server.port, tmp_path / "cache"), tmp_path, URL, f"{URL}2")
    assert failure is not None
    assert "more than 4 bytes" in failure.detail


def test_an_engine_gets_a_file_and_never_a_url(world: "World") -> None:
    with serving(answering([answer(200, b"picture")])) as server:
        world.links_to = server.port
        job = world.new_job()
        composition = {"behave": "composition", "scenes": [{"image": {"asset": {"url": URL}}}] * 2}
        world.files.inputs[job.composition_key] = json.dumps(composition).encode()
        world.send(job)
        agent = world.agent()
        agent.join()
        world.serve_all(agent)
    assert world.job(job).state is JobState.SUCCEEDED
    made = json.loads(world.files.outputs[f"{output_folder('acme', job.id, 1)}/video.mp4"])
    assert made["scenes"] == [{"image": {"asset": name_of(URL)}}] * 2
    assert made["files"] == {name_of(URL): "picture"}
    assert len(server.heads) == 1
    assert "secret" not in world.stream.getvalue()


def test_a_file_that_cannot_be_had_ends_the_render_at_once(world: "World") -> None:
    with serving(answering([answer(404)])) as server:
        world.links_to = server.port
        job = world.new_job()
        composition = {"behave": "render", "scenes": [{"image": {"asset": {"url": URL}}}]}
        world.files.inputs[job.composition_key] = json.dumps(composition).encode()
        world.send(job)
        agent = world.agent()
        agent.join()
        world.serve_all(agent)
    after = world.job(job)
    assert after.state is JobState.FAILED
    assert after.failure is not None
    assert after.failure.code is FailureCode.ASSET_UNREACHABLE
    assert "secret" not in world.stream.getvalue() + after.failure.detail
