"""`python -m benchmarks.fairness.served`: one task of the job server on a played store.

Prints its port and the keys of its two tenants as one line of JSON, and serves until its input ends. Server,
protocol, middleware, admission, rates, routes and service are those of the deployed task.
"""

import json
import os
import socket
import sys
import threading
import time
from dataclasses import replace
from math import inf

import uvicorn

from benchmarks.fairness.played_store import (
    TABLE_SECONDS,
    PlayedDependencies,
    PlayedQueue,
    PlayedStorage,
    PlayedTable,
)
from handlers.job_server import logs
from handlers.job_server.__main__ import SWITCH_SECONDS, serving
from handlers.job_server.app import create_app
from handlers.job_server.aws import Buckets
from handlers.job_server.edge.admission import Capacity
from handlers.job_server.entrypoint import writes_of
from handlers.job_server.memory import RememberedKeys
from handlers.job_server.renders.callers import Limits
from handlers.job_server.renders.service import RenderService
from handlers.job_server.schemas.requests import Rules
from handlers.job_server.templates.service import TemplateService
from handlers.job_server.webhook_endpoints.deliveries import WebhookServices
from handlers.job_server.webhook_endpoints.secrets import connect_secrets
from handlers.jobs.ids import new_job_id
from handlers.jobs.model import Job
from handlers.jobs.outgoing.webhook_urls import WebhookTargets
from handlers.jobs.states import JobState
from handlers.jobs.store import keys
from handlers.jobs.store.api_keys import ApiKeys
from handlers.jobs.store.customer_jobs import CustomerJobs
from handlers.jobs.store.customers.templates import CustomerTemplates
from handlers.jobs.store.customers.webhook_endpoints import WebhookEndpoints
from handlers.jobs.store.items import job_to_item
from handlers.jobs.store.key_admin import ApiKeyAdmin
from handlers.jobs.store.table import Put
from handlers.jobs.tracing import trace_id_of

ATTACKER, VICTIM = "attacker", "victim"
TENANT_QUEUED_LIMIT = 1_000
"""As `Pulumi.prod.yaml` has it."""
OLD_RENDERS = 1_000
"""Of the attacker: as many as one page of a list by state may read."""


def main() -> int:
    """Serve until standard input ends."""
    sys.stdout, answers = open(os.devnull, "w"), sys.stdout  # noqa: PTH123, SIM115 - a log that nobody reads
    logs.configure()
    table = _filled()
    admin = ApiKeyAdmin(table)
    tokens = {tenant: admin.create(tenant, now=time.time()) for tenant in (ATTACKER, VICTIM)}
    jobs = CustomerJobs(table)
    limits = Limits(tenant_queued=TENANT_QUEUED_LIMIT, retention_days=30, attempts=3)
    storage = PlayedStorage()
    buckets = Buckets(storage, inputs="i", outputs="o", credentials_end=lambda: inf)  # type: ignore[arg-type]
    service = RenderService.of(
        jobs=jobs, objects=buckets, queue=PlayedQueue(), limits=limits, clock=time.time
    )
    rules = Rules(fleets=("cpu",), default_fleet="cpu", webhook_targets=WebhookTargets.PUBLIC)
    capacity = Capacity(writes=writes_of(TENANT_QUEUED_LIMIT))
    webhooks = WebhookServices.of(
        store=WebhookEndpoints(table),
        secrets=connect_secrets("eu-central-1", "/played", connections=1),
        request_delivery=jobs.request_delivery,
        clock=time.time,
    )
    templates = TemplateService(CustomerTemplates(table), clock=time.time)
    keys = RememberedKeys(ApiKeys(table))
    app = create_app(service, webhooks, templates, keys, PlayedDependencies(), rules, capacity)
    sys.setswitchinterval(SWITCH_SECONDS)
    line = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(serving(app, "127.0.0.1", 0))
    threading.Thread(target=_until_input_ends, args=(server,), daemon=True).start()
    answers.write(json.dumps({"port": line.getsockname()[1], "keys": tokens}) + "\n")
    answers.flush()
    server.run(sockets=[line])
    return 0


def _until_input_ends(server: uvicorn.Server) -> None:
    sys.stdin.read()
    server.should_exit = True


def _filled() -> PlayedTable:
    """A table in which the attacker has old renders."""
    table, now = PlayedTable(seconds=0), time.time()
    for number in range(OLD_RENDERS):
        table.put(Put(item=job_to_item(_cancelled(round(now - number, 3)))))
    return replace(table, seconds=TABLE_SECONDS)


def _cancelled(at: float) -> Job:
    job_id = new_job_id(at)
    return Job(
        id=job_id,
        tenant=ATTACKER,
        fleet="cpu",
        state=JobState.CANCELLED,
        attempt=1,
        composition_key=keys.composition_object(ATTACKER, job_id),
        trace_id=trace_id_of(job_id),
        event_count=2,
        created_at=at,
        updated_at=at,
        finished_at=at,
        expires_at=int(at) + 86_400,
    )


if __name__ == "__main__":
    sys.exit(main())
