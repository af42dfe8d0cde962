import os
import shutil
from pathlib import Path

import pytest

from components.bundles import image_version
from local.ecs_service import images

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name in ("handlers/jobs", "handlers/job_server"):
        shutil.copytree(ROOT / name, tmp_path / "tree" / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "handlers/__init__.py", tmp_path / "tree/handlers")
    return tmp_path / "tree"


def pulled(tag: str) -> Path:
    folder = images.pulled(f"111122223333.dkr.ecr.eu-central-1.amazonaws.com/clip-it/job-server:{tag}")
    assert folder
    return folder


def test_an_image_holds_the_sources_that_its_tag_is_the_checksum_of(checkout: Path) -> None:
    tag = images.push(checkout)
    assert tag == image_version(checkout) == image_version(pulled(tag))


def test_an_older_image_stays_as_it_was_when_the_checkout_changes(checkout: Path) -> None:
    main = checkout / "handlers/job_server/__main__.py"
    before, tag = main.read_text(), images.push(checkout)
    main.write_text("raise SystemExit(1)\n")
    broken = images.push(checkout)
    assert (pulled(tag) / "handlers/job_server/__main__.py").read_text() == before
    assert (pulled(broken) / "handlers/job_server/__main__.py").read_text() == "raise SystemExit(1)\n"


def test_the_same_sources_are_kept_once(checkout: Path) -> None:
    assert images.push(checkout) == images.push(checkout)
    assert len([*pulled(images.push(checkout)).parent.iterdir()]) == 1


def test_the_oldest_images_are_forgotten(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "KEPT", 2)
    tags = []
    for number in range(3):
        (checkout / "handlers/job_server/__main__.py").write_text(f"# {number}\n")
        tags.append(images.push(checkout))
        os.utime(pulled(tags[-1]), (number, number))
    assert [images.pulled(f"job-server:{tag}") is None for tag in tags] == [True, False, False]


def test_a_tag_that_nobody_pushed_has_no_sources(checkout: Path) -> None:
    assert images.pulled("job-server:0123") is None
