"""Images of the job server on this machine: for each tag a copy of the sources that the image is built from.

It stands in for a registry. Tasks of a tag that nobody pushed run this checkout.
"""

import shutil
import tempfile
from pathlib import Path

from components.bundles import image_files, image_version
from local.toolchain.environment import cache_folder

KEPT = 10
"""Tags, newest first; one takes about a megabyte."""


def push(root: Path) -> str:
    """Keep a copy of what the image of a checkout is built from, and return its tag."""
    images, tag = _folder(), image_version(root)
    images.mkdir(parents=True, exist_ok=True)
    place = images / tag
    if not place.exists():
        unfinished = Path(tempfile.mkdtemp(dir=images, prefix="."))
        for name, source in image_files(root):
            target = unfinished / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
        try:
            unfinished.rename(place)
        except OSError:  # another push of the same sources was quicker
            shutil.rmtree(unfinished)
    place.touch()
    _forget(images)
    return tag


def pulled(image: str) -> Path | None:
    """The folder that holds the sources of an image; None for a tag that nobody pushed."""
    place = _folder() / image.rpartition(":")[2]
    return place if place.is_dir() else None


def _folder() -> Path:
    return cache_folder() / "images"


def _forget(images: Path) -> None:
    tags = sorted(
        (one for one in images.iterdir() if one.name[0] != "."), key=lambda one: one.stat().st_mtime
    )
    for old in tags[:-KEPT]:
        shutil.rmtree(old, ignore_errors=True)
