"""The metadata service over real HTTP: token first, token renewed, silence told apart from absence."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler

import pytest

from handlers.jobs.errors import TryAgainLater
from handlers.render_agent.metadata import Identity, InstanceMetadata
from tests.web_server import serving

ROOT = "/latest/meta-data/"


@dataclass
class Service:
    """What the service knows, and what it was asked."""

    answers: dict[str, str] = field(default_factory=lambda: {f"{ROOT}instance-id": "i-1"})
    token: str = "first"
    asked: list[str] = field(default_factory=list)
    broken: bool = False
    endpoint: str = ""


@pytest.fixture
def service() -> Iterator[Service]:
    state = Service()

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            state.asked.append("token")
            self.answer(200, state.token)

        def do_GET(self) -> None:
            state.asked.append(self.path)
            if state.broken:
                self.answer(500, "")
            elif self.headers.get("X-aws-ec2-metadata-token") != state.token:
                self.answer(401, "")
            elif self.path in state.answers:
                self.answer(200, state.answers[self.path])
            else:
                self.answer(404, "<html>not found</html>")

        def answer(self, status: int, text: str) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    with serving(Handler) as server:
        state.endpoint = f"http://127.0.0.1:{server.server_port}/"
        yield state


def test_a_token_is_fetched_once_and_used_for_every_question(service: Service) -> None:
    metadata = InstanceMetadata(service.endpoint)
    assert metadata.instance_id() == "i-1"
    assert metadata.instance_id() == "i-1"
    assert service.asked == ["token", f"{ROOT}instance-id", f"{ROOT}instance-id"]


def test_a_token_that_has_expired_is_renewed(service: Service) -> None:
    metadata = InstanceMetadata(service.endpoint)
    metadata.instance_id()
    service.token = "second"
    assert metadata.instance_id() == "i-1"


@pytest.mark.parametrize(
    ("state", "terminating"), [(None, False), ("InService", False), ("Terminated", True), ("Standby", False)]
)
def test_the_target_state_tells_whether_the_group_wants_the_instance_gone(
    service: Service, state: str | None, terminating: bool
) -> None:
    if state:
        service.answers[f"{ROOT}autoscaling/target-lifecycle-state"] = state
    assert InstanceMetadata(service.endpoint).is_terminating() is terminating


@pytest.mark.parametrize(
    ("notice", "interrupted"),
    [
        (None, False),
        ('{"action": "terminate", "time": "2017-09-18T08:22:00Z"}', True),
        ('{"action": "stop", "time": "2017-09-18T08:22:00Z"}', True),
        ("not json", False),
    ],
)
def test_a_spot_notice_is_an_interruption(service: Service, notice: str | None, interrupted: bool) -> None:
    if notice:
        service.answers[f"{ROOT}spot/instance-action"] = notice
    assert InstanceMetadata(service.endpoint).is_interrupted() is interrupted


def test_a_service_that_fails_is_trouble_and_not_an_answer(service: Service) -> None:
    service.broken = True
    with pytest.raises(TryAgainLater):
        InstanceMetadata(service.endpoint).is_terminating()


def test_a_service_that_is_not_there_is_trouble() -> None:
    with pytest.raises(TryAgainLater):
        InstanceMetadata("http://127.0.0.1:9").instance_id()


@pytest.mark.parametrize("endpoint", ["", "169.254.169.254", "file:///etc/passwd", "https://x"])
def test_an_endpoint_that_is_no_address_is_refused(endpoint: str) -> None:
    with pytest.raises(ValueError, match="AWS_EC2_METADATA_SERVICE_ENDPOINT"):
        InstanceMetadata(endpoint)


def test_the_identity_document_says_what_the_machine_is_and_since_when(service: Service) -> None:
    service.answers[f"{ROOT}instance-life-cycle"] = "spot"
    service.answers["/latest/dynamic/instance-identity/document"] = json.dumps(
        {
            "instanceType": "c7i.xlarge",
            "availabilityZone": "eu-central-1a",
            "imageId": "ami-1",
            "pendingTime": "2026-01-02T03:04:05Z",
        }
    )
    assert InstanceMetadata(service.endpoint).identity() == Identity(
        instance_type="c7i.xlarge",
        zone="eu-central-1a",
        image="ami-1",
        market="spot",
        launched_at=1_767_323_045.0,
    )


@pytest.mark.parametrize("document", [None, "<html>", "[]", '{"pendingTime": "soon"}', '{"pendingTime": 1}'])
def test_without_an_identity_document_nothing_is_known_of_the_machine(
    service: Service, document: str | None
) -> None:
    if document is not None:
        service.answers["/latest/dynamic/instance-identity/document"] = document
    assert InstanceMetadata(service.endpoint).identity() == Identity()
