"""`python -m benchmarks.api.serve <ours|bare> <port>`: one of the two servers, until it is ended."""

import sys

import uvicorn

from benchmarks.api.bare import application
from benchmarks.api.far_end import FarEnd
from handlers.job_server import logs
from handlers.job_server.__main__ import prevent_pauses, serving
from handlers.job_server.entrypoint import build
from handlers.job_server.settings import read

HOST = "127.0.0.1"
SETTINGS = {
    "CLIPIT_ENVIRONMENT": "bench",
    "AWS_REGION": "eu-central-1",
    "CLIPIT_TABLE": "jobs",
    "CLIPIT_QUEUE_URLS": '{"cpu": "https://queue.invalid/1/cpu"}',
    "CLIPIT_DEFAULT_FLEET": "cpu",
    "CLIPIT_INPUTS_BUCKET": "inputs",
    "CLIPIT_OUTPUTS_BUCKET": "outputs",
    "CLIPIT_ATTEMPT_LIMIT": "3",
    "CLIPIT_RETENTION_DAYS": "30",
    "CLIPIT_WEBHOOK_SECRET_PREFIX": "/bench/webhook-secrets",
    "CLIPIT_WEBHOOK_TARGETS": "public",
    "CLIPIT_LINKED_ASSETS": "public",
    "CLIPIT_ENGINES": "{}",
    "CLIPIT_TENANT_QUEUED_LIMIT": "1000000",
    "CLIPIT_PORT": "8080",
}


def main(which: str, port: int) -> None:
    """Serve as the image does, or as FastAPI's page says."""
    if which == "bare":
        uvicorn.run(application(), host=HOST, port=port, access_log=False, log_level="warning")
        return
    logs.configure()
    FarEnd().attach()
    app = build(read(SETTINGS))
    prevent_pauses(app)
    uvicorn.Server(serving(app, HOST, port)).run()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
