"""The client of the API as the command line uses it."""

import json
from http.server import BaseHTTPRequestHandler
from typing import TypeAlias

import pytest

from cli.renders.api import Api, RefusedError
from tests.web_server import serving

Seen: TypeAlias = list[tuple[str, str, str, bytes]]


def store(seen: Seen, *, takes: int = 200) -> type[BaseHTTPRequestHandler]:
    """An API that announces an asset, and the object store that takes it."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self._keep()
            upload = {
                "method": "PUT",
                "url": f"http://{self.headers['Host']}/file",
                "headers": {"Content-Type": "image/jpeg"},
            }
            self._answer(201, json.dumps({"id": "a_1", "upload": upload}).encode())

        def do_PUT(self) -> None:
            self._keep()
            self._answer(takes, b"")

        def _keep(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            key, kind = self.headers.get("Authorization", ""), self.headers["Content-Type"]
            seen.append((self.command, kind, key, body))

        def _answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """Stay silent."""

    return Handler


def test_a_file_is_announced_by_type_and_size_and_put_without_the_key() -> None:
    seen: Seen = []
    with serving(store(seen)) as server:
        api = Api.connect(f"http://127.0.0.1:{server.server_port}", "secret")
        assert api.upload("sky.jpg", b"picture") == "a_1"
    announced, put = seen
    assert json.loads(announced[3]) == {"content_type": "image/jpeg", "size": 7}
    assert announced[2] == "Bearer secret"
    assert put == ("PUT", "image/jpeg", "", b"picture")


def test_music_has_the_type_that_the_api_accepts() -> None:
    seen: Seen = []
    with serving(store(seen)) as server:
        Api.connect(f"http://127.0.0.1:{server.server_port}", "secret").upload("music.wav", b"sound")
    assert json.loads(seen[0][3])["content_type"] == "audio/wav"


def test_a_file_that_the_object_store_does_not_take_is_named() -> None:
    with serving(store([], takes=403)) as server:
        api = Api.connect(f"http://127.0.0.1:{server.server_port}", "secret")
        with pytest.raises(RefusedError, match=r"sky\.jpg"):
            api.upload("sky.jpg", b"picture")
