"""Instance metadata (IMDSv2 only) of one local instance, answered from what is deployed and emulated.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html
"""

import json
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_TOKEN_PATH = "/latest/api/token"  # noqa: S105 - a path
_TOKEN_HEADER = "X-aws-ec2-metadata-token"  # noqa: S105 - a header's name
_TTL_HEADER = "X-aws-ec2-metadata-token-ttl-seconds"
_LONGEST_TTL_S = 21_600
_POLL_S = 0.05
_DATA = "/latest/meta-data/"
_DOCUMENT = "/latest/dynamic/instance-identity/document"
_ROLE = "local-instance-role"
_CREDENTIALS_LAST = timedelta(hours=6)

SPOT_ACTION_TAG = "local:spot-instance-action"
"""A tag with this key on an instance is an interruption notice; its value is the time of the end."""


@dataclass(frozen=True, kw_only=True)
class Facts:
    """The facts of an instance that its metadata shows."""

    instance_id: str
    instance_type: str
    image_id: str
    private_ip: str
    zone: str
    region: str
    account: str
    tags: Mapping[str, str]
    target_lifecycle_state: str
    launched_at: datetime
    market: str

    def tree(self) -> dict[str, str]:
        """Metadata paths and their values; a path that has none yet is absent and answers 404."""
        paths = {
            "ami-id": self.image_id,
            "instance-id": self.instance_id,
            "instance-life-cycle": self.market,
            "instance-type": self.instance_type,
            "local-ipv4": self.private_ip,
            "placement/availability-zone": self.zone,
            "placement/region": self.region,
            "autoscaling/target-lifecycle-state": self.target_lifecycle_state,
            "iam/security-credentials/": _ROLE,
            f"iam/security-credentials/{_ROLE}": _credentials(),
            **{f"tags/instance/{key}": value for key, value in self.tags.items() if key != SPOT_ACTION_TAG},
        }
        if ends := self.tags.get(SPOT_ACTION_TAG):
            paths["spot/instance-action"] = json.dumps({"action": "terminate", "time": ends})
        return paths

    def document(self) -> str:
        """The identity document."""
        return json.dumps(
            {
                "accountId": self.account,
                "availabilityZone": self.zone,
                "imageId": self.image_id,
                "instanceId": self.instance_id,
                "instanceType": self.instance_type,
                "pendingTime": f"{self.launched_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
                "privateIp": self.private_ip,
                "region": self.region,
            }
        )


def _credentials() -> str:
    expires = datetime.now(UTC) + _CREDENTIALS_LAST
    return json.dumps(
        {
            "Code": "Success",
            "Type": "AWS-HMAC",
            "AccessKeyId": "LOCALINSTANCEROLEKEY",
            "SecretAccessKey": "local",
            "Token": "local",
            "Expiration": f"{expires:%Y-%m-%dT%H:%M:%SZ}",
        }
    )


@dataclass
class _Tokens:
    """The session tokens handed out and when they end."""

    ends: dict[str, float] = field(default_factory=dict)

    def issue(self, ttl_s: int) -> str:
        token = secrets.token_urlsafe(24)
        self.ends[token] = time.monotonic() + ttl_s
        return token

    def valid(self, token: str | None) -> bool:
        return token is not None and self.ends.get(token, 0.0) > time.monotonic()


class MetadataServer:
    """Serves one instance's metadata on a port of its own."""

    def __init__(self, facts: Callable[[], Facts]) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(facts, _Tokens()))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def start(self) -> None:
        """Serve from a thread of its own until the process ends or `stop` is called."""
        loop = threading.Thread(
            target=self._server.serve_forever, args=(_POLL_S,), name="metadata", daemon=True
        )
        loop.start()

    def stop(self) -> None:
        """Close the port."""
        self._server.shutdown()
        self._server.server_close()


def _handler(facts: Callable[[], Facts], tokens: _Tokens) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_PUT(self) -> None:
            ttl = self.headers.get(_TTL_HEADER, "")
            if self.path != _TOKEN_PATH:
                self._answer(HTTPStatus.NOT_FOUND)
            elif not ttl.isdigit() or not 1 <= int(ttl) <= _LONGEST_TTL_S:
                self._answer(HTTPStatus.BAD_REQUEST)
            else:
                self._answer(HTTPStatus.OK, tokens.issue(int(ttl)), {_TTL_HEADER: ttl})

        def do_GET(self) -> None:
            if not tokens.valid(self.headers.get(_TOKEN_HEADER)):
                self._answer(HTTPStatus.UNAUTHORIZED)
                return
            text = look_up(facts(), self.path)
            self._answer(HTTPStatus.NOT_FOUND if text is None else HTTPStatus.OK, text or "")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            """Stay silent."""

        def _answer(
            self, status: HTTPStatus, text: str = "", headers: Mapping[str, str] | None = None
        ) -> None:
            body = text.encode()
            self.send_response(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.send_header("Content-Type", "text/plain")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Handler


def look_up(facts: Facts, path: str) -> str | None:
    """The text at a path: a value, or the names below it, one a line."""
    if path == _DOCUMENT:
        return facts.document()
    if not path.startswith(_DATA):
        return None
    tree, wanted = facts.tree(), path.removeprefix(_DATA)
    if wanted in tree:
        return tree[wanted]
    below = wanted if wanted.endswith("/") or not wanted else f"{wanted}/"
    names = {name.removeprefix(below).partition("/") for name in tree if name.startswith(below)}
    listed = sorted({f"{first}{slash}" for first, slash, _ in names if first})
    return "\n".join(listed) if listed else None
