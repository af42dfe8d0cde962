"""Builds the job server from its environment."""

import time
from collections.abc import Mapping

import boto3
import structlog
from botocore.exceptions import BotoCoreError, ClientError
from fastapi import FastAPI

from handlers.job_server.app import create_app
from handlers.job_server.aws import FleetQueues, connect_buckets
from handlers.job_server.edge.admission import Capacity
from handlers.job_server.edge.rates import Rate
from handlers.job_server.memory import RememberedKeys
from handlers.job_server.readiness import IMPATIENT, Reachable, probes
from handlers.job_server.renders.callers import Limits
from handlers.job_server.renders.looking import report_unreadable
from handlers.job_server.renders.service import RenderService
from handlers.job_server.schemas.requests import Rules
from handlers.job_server.settings import Settings, read
from handlers.job_server.templates.service import TemplateService
from handlers.job_server.webhook_endpoints.deliveries import WebhookServices
from handlers.job_server.webhook_endpoints.secrets import connect_secrets
from handlers.jobs.errors import TryAgainLater
from handlers.jobs.messages.render_queue import connect_dispatcher
from handlers.jobs.quick_calls import quicken
from handlers.jobs.store.api_keys import ApiKeys
from handlers.jobs.store.customer_jobs import CustomerJobs
from handlers.jobs.store.customers.batches import MOST_ITEMS
from handlers.jobs.store.customers.templates import CustomerTemplates
from handlers.jobs.store.customers.webhook_endpoints import WebhookEndpoints
from handlers.jobs.store.dispatch_marks import DispatchMarks
from handlers.jobs.store.table import connect
from handlers.jobs.store.webhook_addresses import begin

LEAST_WRITES = 120
"""Submissions, cancellations and announcements of a tenant in a minute, where its queue is short."""
_log = structlog.get_logger()


def from_environment(environ: Mapping[str, str]) -> tuple[Settings, FastAPI]:
    """The settings, and the application built from them."""
    settings = read(environ)
    return settings, build(settings)


def note_addresses(settings: Settings) -> None:
    """Note for the notifier that from now on it finds an address for each submission; the next start may."""
    try:
        begin(connect(settings.table, settings.region), now=time.time())
    except (TryAgainLater, BotoCoreError, ClientError) as error:
        _log.warning("dependency_failed", error=f"note of webhook addresses: {type(error).__name__}")


def writes_of(tenant_queued_limit: int) -> Rate:
    """A tenant may fill its queue twice a minute, and is slowed down when it cancels what it submits."""
    return Rate(name="writes", quota=max(LEAST_WRITES, 2 * tenant_queued_limit), window_seconds=60)


def build(settings: Settings) -> FastAPI:
    """The application on the deployed table, buckets and queues."""
    capacity = Capacity(writes=writes_of(settings.tenant_queued_limit))
    threads = capacity.threads
    table = connect(settings.table, settings.region, connections=threads, prepare=quicken)
    buckets = connect_buckets(
        settings.region, inputs=settings.inputs_bucket, outputs=settings.outputs_bucket, threads=threads
    )
    dispatcher = connect_dispatcher(settings.region, connections=threads, prepare=quicken)
    jobs = CustomerJobs(table, report_unreadable)
    service = RenderService.of(
        jobs=jobs,
        objects=buckets,
        queue=FleetQueues(dispatcher, DispatchMarks(table), settings.queue_urls),
        limits=Limits(
            tenant_queued=settings.tenant_queued_limit,
            retention_days=settings.retention_days,
            attempts=settings.attempt_limit,
        ),
        clock=time.time,
    )
    webhooks = WebhookServices.of(
        store=WebhookEndpoints(table),
        secrets=connect_secrets(settings.region, settings.webhook_secret_prefix, connections=threads),
        request_delivery=jobs.request_delivery,
        clock=time.time,
    )
    rules = Rules(
        fleets=settings.queue_urls.keys(),
        default_fleet=settings.default_fleet,
        webhook_targets=settings.webhook_targets,
        linked_assets=settings.linked_assets,
        largest_batch=min(MOST_ITEMS, settings.tenant_queued_limit),
        engines=settings.engines,
    )
    sqs = boto3.client("sqs", region_name=settings.region, config=IMPATIENT)
    reachable = Reachable(probes(table, buckets, sqs, settings.queue_urls))
    templates = TemplateService(
        CustomerTemplates(table, report_unreadable), clock=time.time, linked=settings.linked_assets
    )
    keys = RememberedKeys(ApiKeys(table))
    return create_app(service, webhooks, templates, keys, reachable, rules, capacity)
