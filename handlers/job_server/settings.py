"""The job server's settings, from its environment; every missing or invalid name is reported at once."""

import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from handlers.job_server.schemas.engines import engines
from handlers.jobs.environment import NO_QUEUES, Environment, queue_urls, text, whole
from handlers.jobs.outgoing.asset_links import LinkedAssets
from handlers.jobs.outgoing.webhook_urls import WebhookTargets
from handlers.jobs.outputs import Engines

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings of the job server.

    `host` is the address to listen on; the default is loopback. The image sets 0.0.0.0, because a container
    is reached from outside, through its security group.
    """

    environment: str
    region: str
    table: str
    queue_urls: Mapping[str, str]
    default_fleet: str
    inputs_bucket: str
    outputs_bucket: str
    attempt_limit: int
    retention_days: int
    webhook_targets: WebhookTargets
    linked_assets: LinkedAssets
    webhook_secret_prefix: str
    engines: Engines
    tenant_queued_limit: int
    host: str
    port: int


def read(environ: Mapping[str, str]) -> Settings:
    """Read the settings from environment variables.

    Raises:
        SettingsError: Names every variable that is missing or invalid.
    """
    reading = Environment(environ)
    queues = reading.get("CLIPIT_QUEUE_URLS", queue_urls, NO_QUEUES)
    settings = Settings(
        environment=reading.get("CLIPIT_ENVIRONMENT", text, ""),
        region=reading.get("AWS_REGION", text, ""),
        table=reading.get("CLIPIT_TABLE", text, ""),
        queue_urls=queues,
        default_fleet=reading.get("CLIPIT_DEFAULT_FLEET", _one_of(queues), ""),
        inputs_bucket=reading.get("CLIPIT_INPUTS_BUCKET", text, ""),
        outputs_bucket=reading.get("CLIPIT_OUTPUTS_BUCKET", text, ""),
        attempt_limit=reading.get("CLIPIT_ATTEMPT_LIMIT", whole(1, 100), 1),
        retention_days=reading.get("CLIPIT_RETENTION_DAYS", whole(1, 3650), 1),
        webhook_targets=reading.get("CLIPIT_WEBHOOK_TARGETS", _targets, WebhookTargets.PUBLIC),
        linked_assets=reading.get("CLIPIT_LINKED_ASSETS", _linked, LinkedAssets.PUBLIC),
        webhook_secret_prefix=reading.get("CLIPIT_WEBHOOK_SECRET_PREFIX", text, "").rstrip("/"),
        engines=reading.get("CLIPIT_ENGINES", engines, {}),
        tenant_queued_limit=reading.get("CLIPIT_TENANT_QUEUED_LIMIT", whole(1, 1_000_000), 1),
        host=reading.optional("CLIPIT_HOST", _address, LOOPBACK),
        port=reading.get("CLIPIT_PORT", whole(1, 65535), 1),
    )
    reading.finish()
    return settings


def _address(value: str) -> str:
    try:
        return str(ipaddress.ip_address(value))
    except ValueError as error:
        raise ValueError("expected an IP address, such as 127.0.0.1 or 0.0.0.0") from error


def _targets(value: str) -> WebhookTargets:
    try:
        return WebhookTargets(value)
    except ValueError as error:
        raise ValueError(f"expected {' or '.join(WebhookTargets)}") from error


def _linked(value: str) -> LinkedAssets:
    try:
        return LinkedAssets(value)
    except ValueError as error:
        raise ValueError(f"expected {' or '.join(LinkedAssets)}") from error


def _one_of(known: Mapping[str, str]) -> Callable[[str], str]:
    def parse(value: str) -> str:
        if value not in known:
            raise ValueError(
                f"expected one of the fleets in CLIPIT_QUEUE_URLS: {', '.join(known) or 'none given'}"
            )
        return value

    return parse
