"""The files of the page: Swagger UI from its package, and ours, read and compressed once."""

import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from fastapi_swagger import resources

PATH: Final = "/docs"
_SWAGGER_UI, _OURS = files(resources), files(__name__.rpartition(".")[0])
_SOURCES: Final = {
    PATH: (_OURS / "page.html", "text/html; charset=utf-8"),
    f"{PATH}/start.js": (_OURS / "start.js", "text/javascript; charset=utf-8"),
    f"{PATH}/swagger-ui-bundle.js": (_SWAGGER_UI / "swagger-ui-bundle.js", "text/javascript; charset=utf-8"),
    f"{PATH}/swagger-ui.css": (_SWAGGER_UI / "swagger-ui.css", "text/css; charset=utf-8"),
    f"{PATH}/icon.png": (_SWAGGER_UI / "favicon-32x32.png", "image/png"),
}


@dataclass(frozen=True, kw_only=True)
class File:
    """A file of the page, compressed by gzip, which every browser reads, and as it is."""

    content: bytes
    plain: bytes
    media_type: str


@cache
def page_files() -> Mapping[str, File]:
    """Every file by its path."""
    read = {path: (source.read_bytes(), media_type) for path, (source, media_type) in _SOURCES.items()}
    return {
        path: File(content=gzip.compress(plain, mtime=0), plain=plain, media_type=media_type)
        for path, (plain, media_type) in read.items()
    }
