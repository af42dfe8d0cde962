"""Writes the committed OpenAPI document: `python -m handlers.job_server.schemas.openapi`."""

import json
import sys
from pathlib import Path

from handlers.job_server.entrypoint import build
from handlers.job_server.settings import LOOPBACK, Settings
from handlers.jobs.outgoing.asset_links import LinkedAssets
from handlers.jobs.outgoing.webhook_urls import WebhookTargets

COMMITTED = Path(__file__).parents[1] / "openapi.json"


def document() -> str:
    """The document as a server gives it out, without the names of fleets, laid out for people and diffs."""
    app = build(
        Settings(
            environment="document",
            region="eu-central-1",
            table="document",
            queue_urls={},
            default_fleet="",
            inputs_bucket="document",
            outputs_bucket="document",
            attempt_limit=1,
            retention_days=1,
            webhook_targets=WebhookTargets.PUBLIC,
            linked_assets=LinkedAssets.PUBLIC,
            webhook_secret_prefix="/document",  # noqa: S106 - a name
            engines={},
            tenant_queued_limit=1,
            host=LOOPBACK,
            port=1,
        )
    )
    return json.dumps(app.openapi(), indent=2, sort_keys=True) + "\n"


def main() -> int:
    """Write the document beside this file."""
    COMMITTED.write_text(document(), encoding="utf-8")
    sys.stdout.write(f"wrote {COMMITTED.name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
