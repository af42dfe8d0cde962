"""The instance metadata service, version 2: a session token first, then small text answers."""

import http.client
import json
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from handlers.jobs.errors import TryAgainLater

ANSWER_SECONDS = 2.0
TOKEN_SECONDS = 21600
LONGEST_ANSWER = 16 * 1024
_DATA = "/latest/meta-data/"
_DOCUMENT = "/latest/dynamic/instance-identity/document"


@dataclass(frozen=True, kw_only=True)
class Identity:
    """The kind of machine, and when EC2 launched it; None for what it does not say."""

    instance_type: str | None = None
    zone: str | None = None
    image: str | None = None
    market: str | None = None
    launched_at: float | None = None


class InstanceMetadata:
    """Implements the port `Instance` over HTTP, without proxies and without redirects."""

    def __init__(self, endpoint: str) -> None:
        address = urlsplit(endpoint)
        if address.scheme != "http" or not address.hostname:
            raise ValueError(
                f"AWS_EC2_METADATA_SERVICE_ENDPOINT is {endpoint!r}; it must look like http://169.254.169.254"
            )
        self._host, self._port = address.hostname, address.port or 80
        self._base = address.path.rstrip("/")
        self._token: str | None = None

    def instance_id(self) -> str:
        """Its name.

        Raises:
            TryAgainLater: the service does not answer.
        """
        found = self._get(f"{_DATA}instance-id")
        if not found:
            raise TryAgainLater("instance metadata: no instance-id")
        return found

    def identity(self) -> Identity:
        """The machine by its identity document.

        Raises:
            TryAgainLater: the service does not answer.
        """
        market = self._get(f"{_DATA}instance-life-cycle")
        try:
            found = json.loads(self._get(_DOCUMENT) or "{}")
            launched = datetime.fromisoformat(found["pendingTime"]).timestamp()
        except (ValueError, KeyError, TypeError):
            return Identity(market=market)
        return Identity(
            instance_type=found.get("instanceType"),
            zone=found.get("availabilityZone"),
            image=found.get("imageId"),
            market=market,
            launched_at=launched,
        )

    def is_terminating(self) -> bool:
        """The group has chosen this instance, whatever for."""
        return self._get(f"{_DATA}autoscaling/target-lifecycle-state") == "Terminated"

    def is_interrupted(self) -> bool:
        """A spot notice to stop, hibernate or terminate; each takes the engine's machine away."""
        notice = self._get(f"{_DATA}spot/instance-action")
        if not notice:
            return False
        try:
            return isinstance(json.loads(notice), dict)
        except ValueError:
            return False

    def _get(self, path: str) -> str | None:
        for _ in range(2):
            token = self._token or self._new_token()
            status, text = self._ask("GET", path, {"X-aws-ec2-metadata-token": token})
            if status != http.client.UNAUTHORIZED:
                break
            self._token = None
        if status == http.client.NOT_FOUND:
            return None
        if status != http.client.OK:
            raise TryAgainLater(f"instance metadata: {path} answered {status}")
        return text.strip()

    def _new_token(self) -> str:
        headers = {"X-aws-ec2-metadata-token-ttl-seconds": str(TOKEN_SECONDS)}
        status, text = self._ask("PUT", "/latest/api/token", headers)
        if status != http.client.OK:
            raise TryAgainLater(f"instance metadata: token answered {status}")
        self._token = text.strip()
        return self._token

    def _ask(self, method: str, path: str, headers: dict[str, str]) -> tuple[int, str]:
        line = http.client.HTTPConnection(self._host, self._port, timeout=ANSWER_SECONDS)
        try:
            line.request(method, self._base + path, headers=headers)
            answer = line.getresponse()
            return answer.status, answer.read(LONGEST_ANSWER).decode(errors="replace")
        except (OSError, http.client.HTTPException) as error:
            raise TryAgainLater(f"instance metadata: {type(error).__name__}") from error
        finally:
            line.close()
