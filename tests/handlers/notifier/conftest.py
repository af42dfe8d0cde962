"""A receiver on a real socket, and the notifier's function with what lies around it, on moto."""

import base64
import ssl
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Protocol

import boto3
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from handlers.jobs.model import Job
from handlers.jobs.store import keys
from handlers.jobs.store.attributes import Item, encode_item
from handlers.jobs.store.customer_jobs import CustomerJobs
from handlers.jobs.store.items import job_to_item
from handlers.jobs.store.table import PRESENT, Put, Table
from handlers.notifier import entrypoint
from tests.web_server import serving

if TYPE_CHECKING:
    from mypy_boto3_sqs.type_defs import MessageTypeDef

REGION = "eu-central-1"
LIMIT = 3
SECRET = "whsec_" + base64.b64encode(b"0123456789abcdef01234567").decode()


@dataclass
class Receiver:
    """What a customer's server answers, and what it got."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    got: list[tuple[Mapping[str, str], bytes]] = field(default_factory=list)
    url: str = ""
    port: int = 0


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    state = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            state.got.append(({"path": self.path, **dict(self.headers)}, body))
            self.send_response(state.status)
            for name, value in state.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(b"secrets of the receiver")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    with serving(Handler) as server:
        state.port = server.server_port
        state.url = f"http://localhost:{server.server_port}/hook?for=acme"
        yield state


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A certificate for hooks.example.com: the context that trusts it, and the one that has it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "hooks.example.com")])
    now = datetime.now(tz=UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("hooks.example.com")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("certificate")
    pem = made.public_bytes(serialization.Encoding.PEM)
    (folder / "certificate.pem").write_bytes(pem)
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    theirs.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    return ssl.create_default_context(cadata=pem.decode()), theirs


class Clock(Protocol):
    def __call__(self) -> float: ...


class Cloud:
    """Calls the function as its two event sources would."""

    def __init__(self, table: Table, clock: Clock, new_job: Callable[..., Job], url: str) -> None:
        self.table, self.clock, self.new_job, self.url = table, clock, new_job, url
        self.sqs = boto3.client("sqs", region_name=REGION)

    def ended(self, **fields: object) -> tuple[Job, Job]:
        """A job that has just been cancelled, before and after."""
        before = self.new_job(**fields)
        after = CustomerJobs(self.table).request_cancel(before.id, actor="api:acme", now=self.clock())
        assert isinstance(after, Job)
        return before, after

    def become(self, job: Job) -> None:
        """The job as it is from now on."""
        assert self.table.put(Put(item=job_to_item(job), condition=PRESENT))

    def change(self, before: Job, after: Job, number: int = 1) -> dict[str, object]:
        images = {"OldImage": encode_item(job_to_item(before)), "NewImage": encode_item(job_to_item(after))}
        return {
            "eventSource": "aws:dynamodb",
            "eventName": "MODIFY",
            "dynamodb": {"SequenceNumber": str(number), **images},
        }

    def stream(self, *records: dict[str, object]) -> list[str]:
        answer = entrypoint.handler({"Records": list(records)}, None)
        return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]

    def receive(self) -> "list[MessageTypeDef]":
        answer = self.sqs.receive_message(
            QueueUrl=self.url,
            MaxNumberOfMessages=10,
            MessageSystemAttributeNames=["ApproximateReceiveCount"],
        )
        return answer.get("Messages", [])

    def deliver(self, *messages: "MessageTypeDef") -> list[str]:
        """As Lambda's poller: what is not named as failed is deleted."""
        records = [
            {
                "eventSource": "aws:sqs",
                "messageId": message["MessageId"],
                "receiptHandle": message["ReceiptHandle"],
                "body": message["Body"],
                "attributes": message["Attributes"],
            }
            for message in messages
        ]
        answer = entrypoint.handler({"Records": records}, None)
        failed = [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]
        for message in messages:
            if message["MessageId"] not in failed:
                self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
        return failed

    def log(self, job: Job) -> list[Item]:
        """The summary first, then every attempt."""
        found = (self.table.get(keys.delivery(job.id, number)) for number in range(10))
        return [item for item in found if item]


@pytest.fixture
def cloud(
    table: Table,
    clock: Clock,
    new_job: Callable[..., Job],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Cloud]:
    url = boto3.client("sqs", region_name=REGION).create_queue(QueueName="webhooks")["QueueUrl"]
    boto3.client("ssm", region_name=REGION).put_parameter(
        Name="/clip-it/test/webhook-secrets/acme", Value=SECRET, Type="SecureString"
    )
    for name, value in {
        "CLIPIT_ENVIRONMENT": "test",
        "CLIPIT_TABLE": "clip-it-test",
        "CLIPIT_NOTIFICATION_QUEUE_URL": url,
        "CLIPIT_WEBHOOK_SECRET_PREFIX": "/clip-it/test/webhook-secrets",
        "CLIPIT_WEBHOOK_TARGETS": "any",
        "CLIPIT_DELIVERY_LIMIT": str(LIMIT),
    }.items():
        monkeypatch.setenv(name, value)
    entrypoint._deployed.cache_clear()
    yield Cloud(table, clock, new_job, url)
    entrypoint._deployed.cache_clear()
