"""The job server with tenant acme's key: `server` on moto, `world` on fakes, and what lies behind each."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import boto3
import pytest
import structlog
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx import Response

from handlers.job_server import logs
from handlers.job_server.app import create_app
from handlers.job_server.aws import Buckets, FleetQueues, connect_buckets
from handlers.job_server.edge.admission import Capacity
from handlers.job_server.memory import RememberedKeys
from handlers.job_server.readiness import Reachable, probes
from handlers.job_server.renders.callers import Limits
from handlers.job_server.renders.service import RenderService
from handlers.job_server.schemas.requests import Rules
from handlers.job_server.templates.service import TemplateService
from handlers.job_server.webhook_endpoints.deliveries import WebhookServices
from handlers.job_server.webhook_endpoints.secrets import SsmEndpointSecrets
from handlers.jobs.messages.render_queue import BULK_SUFFIX, Dispatcher, url_for
from handlers.jobs.model import Priority
from handlers.jobs.outgoing.webhook_urls import WebhookTargets
from handlers.jobs.outputs import Abilities, Feature, VideoFormat
from handlers.jobs.store import compositions
from handlers.jobs.store.api_keys import ApiKeys
from handlers.jobs.store.customer_jobs import CustomerJobs
from handlers.jobs.store.customers.templates import CustomerTemplates
from handlers.jobs.store.customers.webhook_endpoints import WebhookEndpoints
from handlers.jobs.store.dispatch_marks import DispatchMarks
from handlers.jobs.store.key_admin import ApiKeyAdmin
from handlers.jobs.store.table import Table
from tests.handlers.job_server.fakes import COMPOSITION, FakeKeys, World, kept_templates

if TYPE_CHECKING:
    from botocore.model import OperationModel
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_ssm import SSMClient

REGION = "eu-central-1"
INPUTS, OUTPUTS = "clip-it-inputs", "clip-it-outputs"
SECRETS = "/clip-it/test/webhook-secrets"
QUEUED_LIMIT = 5
CAPACITY = Capacity(wait_seconds=0.05, body_seconds=0.2)
RULES = Rules(
    fleets=("cpu", "gpu"),
    default_fleet="cpu",
    webhook_targets=WebhookTargets.PUBLIC,
    engines={"cpu": Abilities(formats=frozenset(VideoFormat), features=frozenset(Feature))},
)


@dataclass(frozen=True, kw_only=True)
class Server:
    """The server as a customer of tenant acme reaches it, and as an operator sees it."""

    app: FastAPI
    http: TestClient
    table: Table
    s3: "S3Client"
    sqs: "SQSClient"
    queue_url: str
    key: str
    other_key: str
    seconds: list[float]
    """The last one is what the clock of everything that is remembered shows."""

    def submit(self, body: object = None, **headers: str) -> Response:
        body = {"composition": COMPOSITION} if body is None else body
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.http.post("/v1/renders", json=body, headers=named)

    def as_other(self, method: str, path: str) -> Response:
        return self.http.request(method, path, headers={"Authorization": f"Bearer {self.other_key}"})

    def messages(self, priority: Priority = Priority.NORMAL) -> list[str]:
        url = url_for(self.queue_url, priority)
        found = self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0)
        return [message["Body"] for message in found.get("Messages", [])]


@pytest.fixture
def server(table: Table, queue_url: str, clock) -> Iterator[Server]:
    s3, sqs, buckets = _clients()
    seconds = [0.0]
    for bucket in (INPUTS, OUTPUTS):
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    sqs.create_queue(QueueName=f"render-gpu{BULK_SUFFIX}")
    urls = {"cpu": queue_url, "gpu": sqs.create_queue(QueueName="render-gpu")["QueueUrl"]}
    service = RenderService.of(
        jobs=CustomerJobs(table),
        objects=buckets,
        queue=FleetQueues(Dispatcher(sqs), DispatchMarks(table), urls),
        limits=Limits(tenant_queued=QUEUED_LIMIT, retention_days=30, attempts=3),
        clock=clock,
        timer=lambda: seconds[-1],
    )
    reachable = Reachable(probes(table, buckets, sqs, urls))
    api_keys = RememberedKeys(ApiKeys(table), clock=lambda: seconds[-1])
    webhooks = WebhookServices.of(
        store=WebhookEndpoints(table),
        secrets=SsmEndpointSecrets(_ssm(), SECRETS),
        request_delivery=CustomerJobs(table).request_delivery,
        clock=clock,
    )
    templates = TemplateService(CustomerTemplates(table), clock=clock)
    app = create_app(service, webhooks, templates, api_keys, reachable, RULES, Capacity())
    admin = ApiKeyAdmin(table)
    key, other = admin.create("acme", now=clock()), admin.create("zenith", now=clock())
    with TestClient(app, raise_server_exceptions=False, headers={"Authorization": f"Bearer {key}"}) as http:
        yield Server(
            app=app,
            http=http,
            table=table,
            s3=s3,
            sqs=sqs,
            queue_url=queue_url,
            key=key,
            other_key=other,
            seconds=seconds,
        )


@cache
def _ssm() -> "SSMClient":
    return boto3.client("ssm", region_name=REGION)


@cache
def _clients() -> "tuple[S3Client, SQSClient, Buckets]":
    """Made once for all tests: moto answers them afresh in each."""
    return (
        boto3.client("s3", region_name=REGION),
        boto3.client("sqs", region_name=REGION),
        connect_buckets(REGION, inputs=INPUTS, outputs=OUTPUTS, threads=40),
    )


@pytest.fixture
def reads(dynamodb: "DynamoDBClient") -> Iterator[list[tuple[str, int]]]:
    """Every call to DynamoDB, in order, and how many items it read."""
    seen: list[tuple[str, int]] = []

    def note(parsed: dict[str, int], model: "OperationModel", **_: object) -> None:
        seen.append((model.name, parsed.get("ScannedCount", 1)))

    dynamodb.meta.events.register("after-call.dynamodb", note)
    yield seen
    dynamodb.meta.events.unregister("after-call.dynamodb", note)


@pytest.fixture(autouse=True)
def logged() -> Iterator[None]:
    """Logs as in production, and afterwards as before."""
    before = structlog.get_config()
    logs.configure()
    yield
    structlog.configure(**before)


@pytest.fixture
def all_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every composition goes into the bucket."""
    monkeypatch.setattr(compositions, "LARGEST_PACKED", 0)


@pytest.fixture
def world(clock) -> Iterator[World]:
    """The server on fakes."""
    world = World(clock=clock)
    service = RenderService.of(
        jobs=world.jobs,
        objects=world.objects,
        queue=world.queue,
        limits=Limits(tenant_queued=QUEUED_LIMIT, retention_days=30, attempts=3),
        clock=clock,
    )
    app = create_app(
        service, world.webhooks, kept_templates(), world.keys, world.dependencies, RULES, CAPACITY
    )
    headers = {"Authorization": f"Bearer {FakeKeys.KEY}"}
    with TestClient(app, raise_server_exceptions=False, headers=headers) as world.http:
        yield world
