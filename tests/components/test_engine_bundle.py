"""The archive of an engine: by checksum, the same on every machine, and enough to render."""

import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pulumi
import pytest

from components import engine_wheels
from components.engine_bundle import engine_bundle

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _built_anew() -> Iterator[None]:
    engine_bundle.cache_clear()
    yield
    engine_bundle.cache_clear()


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The engine's sources and their lock, with wheels of a few bytes."""
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "render_engine", tmp_path / "render_engine", ignore=ignored)
    for name in ("LICENSE", "requirements.lock"):
        shutil.copy(ROOT / name, tmp_path)
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "environment"))
    wheels = engine_wheels.folder(tmp_path)
    wheels.mkdir(parents=True)
    (wheels / "typst-1-cp39-abi3-manylinux_2_17_x86_64.whl").write_bytes(b"wheel")
    return tmp_path


def test_the_name_and_the_checksum_are_those_of_the_bytes(checkout: Path) -> None:
    bundle = engine_bundle("reference", checkout)
    assert bundle.sha256 == hashlib.sha256((checkout / bundle.path).read_bytes()).hexdigest()
    assert bundle.path == f"build/engine-{bundle.sha256}.zip"


def test_the_same_inputs_give_the_same_bytes_and_are_not_zipped_again(checkout: Path) -> None:
    first = engine_bundle("reference", checkout)
    shutil.rmtree(checkout / "build")
    engine_bundle.cache_clear()
    assert engine_bundle("reference", checkout) == first
    (checkout / first.path).write_bytes(b"as it was left")
    engine_bundle.cache_clear()
    assert engine_bundle("reference", checkout) == first
    assert (checkout / first.path).read_bytes() == b"as it was left"


def test_a_changed_source_is_another_archive(checkout: Path) -> None:
    before = engine_bundle("reference", checkout)
    (checkout / "render_engine/main.py").write_text("X = 1\n")
    engine_bundle.cache_clear()
    assert engine_bundle("reference", checkout).sha256 != before.sha256
    assert not (checkout / before.path).exists(), "archives are large, and only the newest is deployed"


def test_the_archive_has_installer_command_licenses_sources_and_wheels(checkout: Path) -> None:
    archive = zipfile.ZipFile(checkout / engine_bundle("reference", checkout).path)
    programs = {one.filename for one in archive.infolist() if one.external_attr >> 16 & 0o100}
    assert programs == {"install", "bin/clipit-engine"}
    assert {
        "NOTICE.md",
        "licenses/Apache-2.0.txt",
        "licenses/GPL-3.0.txt",
        "render_engine/main.py",
        "render_engine/text/text.typ",
        "unpack_wheels.py",
        "wheels/typst-1-cp39-abi3-manylinux_2_17_x86_64.whl",
    } <= set(archive.namelist())


def test_without_wheels_it_is_said_how_to_get_them(checkout: Path) -> None:
    shutil.rmtree(engine_wheels.folder(checkout))
    with pytest.raises(engine_wheels.NoWheelsError, match="run `make setup`"):
        engine_bundle("reference", checkout)


def test_an_archive_of_ones_own_is_taken_as_it_is(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "mine.zip", "w") as archive:
        archive.writestr("bin/mine", "")
    bundle = engine_bundle("mine.zip", tmp_path)
    content = (tmp_path / "mine.zip").read_bytes()
    assert (bundle.path, bundle.sha256) == ("mine.zip", hashlib.sha256(content).hexdigest())


@pytest.mark.parametrize(("content", "problem"), [(None, "is not there"), (b"tar", "is no zip file")])
def test_an_archive_that_cannot_be_used_is_named(tmp_path: Path, content: bytes | None, problem: str) -> None:
    if content is not None:
        (tmp_path / "mine.zip").write_bytes(content)
    with pytest.raises(pulumi.RunError, match=f"mine.zip {problem}"):
        engine_bundle("mine.zip", tmp_path)


def test_an_archive_with_a_password_is_refused_before_an_instance_tries_it(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "mine.zip", "w") as archive:
        archive.writestr("bin/mine", "")
    content = bytearray((tmp_path / "mine.zip").read_bytes())
    # The flag in the directory's entry (APPNOTE 4.4.4): the standard library writes no encrypted files.
    content[content.index(b"PK\x01\x02") + 8] = 1
    (tmp_path / "mine.zip").write_bytes(content)

    with pytest.raises(pulumi.RunError, match=r"mine\.zip has a password"):
        engine_bundle("mine.zip", tmp_path)


def test_an_engine_of_the_image_needs_an_archive_without_files(tmp_path: Path) -> None:
    assert zipfile.ZipFile(tmp_path / engine_bundle("image", tmp_path).path).namelist() == []


def test_the_lock_has_every_distribution_of_the_engine_by_hash() -> None:
    lines = engine_wheels.requirements().splitlines()
    named = [line.partition("==")[0] for line in lines if "==" in line]
    assert named == list(engine_wheels.DISTRIBUTIONS)
    assert all(line.endswith("\\") or "--hash=sha256:" in line for line in lines)


def test_there_is_a_wheel_of_each_distribution_for_every_python_of_an_instance() -> None:
    names = [wheel.name for wheel in engine_wheels.wheels()]
    for distribution in engine_wheels.DISTRIBUTIONS:
        assert any(name.startswith(f"{distribution.replace('-', '_')}-") for name in names), distribution
    for python in engine_wheels.PYTHONS:
        assert any("pillow-" in name and f"-cp{python.replace('.', '')}-" in name for name in names), python


@pytest.mark.long
@pytest.mark.skipif(
    not sys.platform.startswith("linux") or os.uname().machine != "x86_64", reason="the archive is for x86-64"
)
def test_the_reference_engine_renders_from_its_archive_alone(tmp_path: Path) -> None:
    with zipfile.ZipFile(ROOT / engine_bundle("reference").path) as archive:
        for member in archive.infolist():
            written = Path(archive.extract(member, tmp_path / "engine"))
            if member.external_attr >> 16 & 0o100:
                written.chmod(0o755)
    environment = {"PATH": "/usr/bin:/bin", "CLIPIT_PYTHON": sys.executable}
    subprocess.run(["./install"], check=True, cwd=tmp_path / "engine", env=environment)
    composition = tmp_path / "hello.json"
    composition.write_text(
        '{"version":1,"width":64,"height":64,"rate":5,"scenes":[{"duration_s":0.4,"text":{"content":"Hi"}}]}'
    )
    done = subprocess.run(
        [
            *(str(tmp_path / "engine/bin/clipit-engine"), "render", "--composition", str(composition)),
            *("--assets", str(tmp_path), "--output", str(tmp_path / "hi.mp4")),
        ],
        check=False,
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "hi.mp4").stat().st_size > 0
