"""The calls that move files: through signed links of the object store, which never gets the key."""

import mimetypes
import uuid
from contextlib import suppress
from pathlib import Path
from typing import Final

from clipit_client import errors
from clipit_client.calls import get
from clipit_client.models import Asset, Output, Render
from clipit_client.steps import FIRST_REDIRECT, OK, Call, Reply, Request, answer_of, parsed, post

ALREADY_THERE: Final = 412
"""What the object store answers to `If-None-Match: *` when there is a file."""

_ACCEPTED = {
    ".wav": "audio/wav",
    ".m4a": "audio/mp4",
    ".webp": "image/webp",
    ".webm": "video/webm",
    ".ttf": "font/ttf",
    ".otf": "font/otf",
    ".ttc": "font/collection",
    ".srt": "application/x-subrip",
    ".vtt": "text/vtt",
}
"""What the API calls files of which the standard library has another name, or none."""


def upload(path: Path, content_type: str | None) -> Call[str]:
    """Announce a file and upload it; its id.

    Raises:
        ValueError: The file's type cannot be guessed from its name and was not given.
        UploadError: The object store refused the file.
    """
    guessed = mimetypes.guess_type(path.name)[0]
    kind = content_type or _ACCEPTED.get(path.suffix.lower(), guessed)
    if kind is None:
        raise ValueError(f"the type of {path.name} cannot be guessed; give content_type, such as image/png")
    announced = parsed(
        Asset, (yield from post("/v1/assets", {"content_type": kind, "size": path.stat().st_size}, None))
    )
    request = announced.upload
    put = Request(
        method=request.method, url=request.url, link=True, content=path, headers=dict(request.headers)
    )
    try:
        reply = answer_of((yield put))
    except errors.ClipItError as error:
        raise errors.UploadError(f"{path.name} could not be uploaded: {error}") from None
    # The link uploads once: a try whose response was lost has uploaded the file.
    if reply.status >= FIRST_REDIRECT and reply.status != ALREADY_THERE:
        raise errors.UploadError(f"the object store refused {path.name} with status {reply.status}")
    return announced.id


def download(render: str, target: Path) -> Call[Render]:
    """Keep the video of a render in a file, which is there once it is whole; the render.

    Raises:
        DownloadError: The render has no video, or the object store did not give it.
        OSError: The file cannot be written.
    """
    found = yield from get(render)
    if found.output is None:
        raise errors.DownloadError(f"{render} is {found.state} and has no video")
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(f".{target.name}.{uuid.uuid4().hex}.unfinished")
    try:
        yield from _kept(found, found.output, unfinished)
        unfinished.replace(target)
    finally:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
    return found


def _kept(render: Render, output: Output, target: Path) -> Call[Reply]:
    """The answer whose content is a whole video, now in the file."""
    link = Request(method="GET", url=output.url, link=True, target=target, target_size=output.bytes)
    try:
        reply = answer_of((yield link))
    except errors.ClipItError as error:
        raise errors.DownloadError(f"the video of {render.id} could not be downloaded: {error}") from None
    if reply.status != OK:
        raise errors.DownloadError(
            f"the object store refused the video of {render.id} with status {reply.status}"
        )
    if reply.size != output.bytes:
        raise errors.DownloadError(
            f"the video of {render.id} has {reply.size} bytes, and {output.bytes} were expected"
        )
    return reply
