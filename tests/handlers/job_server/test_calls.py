"""What a request costs in calls to AWS, counted where they arrive: at the local stack's AWS, over HTTP.

The server is the one that the image runs, built from its environment.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import boto3
import pytest
from fastapi.testclient import TestClient
from httpx import Response

from handlers.job_server.entrypoint import from_environment
from handlers.jobs.ids import new_asset_id
from handlers.jobs.store import keys
from handlers.jobs.store.attributes import Item
from handlers.jobs.store.key_admin import ApiKeyAdmin
from handlers.jobs.store.table import Put, connect
from local.emulator import server as emulator
from tests.handlers.job_server.conftest import INPUTS, OUTPUTS, REGION
from tests.handlers.job_server.fakes import COMPOSITION
from tests.handlers.job_server.test_settings import GOOD
from tests.job_table import create_table

SUBMISSION = ["TransactWriteItems", "SendMessage"]

DECISION: Item = {
    "pk": keys.scaler("cpu").pk,
    "sk": keys.scaler("cpu").sk,
    "desired": 1,
    "reason_code": "starting",
    "reason": "launches one",
    "taken_at": 0,
}


@dataclass(frozen=True, kw_only=True)
class Service:
    """The server with a customer's key, and the calls to AWS that have arrived."""

    http: TestClient
    arrived: list[str]

    def submit(self, scene: dict[str, object] | None = None, key: str = "") -> Response:
        body = {"composition": COMPOSITION | ({"scenes": [scene]} if scene else {})}
        headers = {"Idempotency-Key": key} if key else {}
        answer = self.http.post("/v1/renders", json=body, headers=headers)
        assert answer.status_code == 202, answer.text
        return answer

    def calls_since(self, last: int) -> list[str]:
        return self.arrived[last:]


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    arrived: list[str] = []

    def note(handler: emulator._Handler, *_: object) -> None:
        target = handler.headers.get("X-Amz-Target", "")
        arrived.append(target.rpartition(".")[2] or handler.command)

    with pytest.MonkeyPatch.context() as patch, emulator.running() as url:
        patch.setattr(emulator._Handler, "log_request", note)
        for name, value in {
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL": url,
        }.items():
            patch.setenv(name, value)
        create_table(boto3.client("dynamodb", region_name=REGION), GOOD["CLIPIT_TABLE"])
        sqs, s3 = boto3.client("sqs", region_name=REGION), boto3.client("s3", region_name=REGION)
        queues = {"cpu": sqs.create_queue(QueueName="render-cpu")["QueueUrl"]}
        for bucket in (INPUTS, OUTPUTS):
            s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
        _, app = from_environment(
            {
                **GOOD,
                "CLIPIT_QUEUE_URLS": json.dumps(queues),
                "CLIPIT_INPUTS_BUCKET": INPUTS,
                "CLIPIT_OUTPUTS_BUCKET": OUTPUTS,
            }
        )
        table = connect(GOOD["CLIPIT_TABLE"], REGION)
        table.put(Put(item=DECISION))
        key = ApiKeyAdmin(table).create("acme", now=0)
        with TestClient(app, headers={"Authorization": f"Bearer {key}"}) as http:
            warm = Service(http=http, arrived=arrived)
            # From now on the key is remembered for 30 s, and the count of queued renders for 5 s. The
            # scaler's decision is not yet: whoever counts the calls of a look has looked once before.
            warm.submit()
            yield warm


def test_a_submission_is_two_calls_and_its_replay_one(service: Service) -> None:
    before = len(service.arrived)
    first = service.submit(key="k")
    assert service.calls_since(before) == SUBMISSION
    before = len(service.arrived)
    second = service.submit(key="k")
    assert service.calls_since(before) == ["TransactWriteItems"]
    assert second.json() == first.json()
    assert second.headers["Idempotent-Replayed"] == "true"


def test_a_look_at_a_render_is_one_call(service: Service) -> None:
    render = service.submit().json()["id"]
    service.http.get(f"/v1/renders/{render}")
    before = len(service.arrived)
    assert service.http.get(f"/v1/renders/{render}").json()["state"] == "queued"
    assert service.calls_since(before) == ["Query"]


def test_a_look_with_all_parts_is_one_call_more(service: Service) -> None:
    render = service.submit().json()["id"]
    service.http.get(f"/v1/renders/{render}")
    before = len(service.arrived)
    shown = service.http.get(f"/v1/renders/{render}", params={"include": "composition,events"}).json()
    assert shown["composition"] == COMPOSITION
    assert [one["kind"] for one in shown["events"]] == ["submitted"]
    assert service.calls_since(before) == ["Query", "GetItem"]
    before = len(service.arrived)
    service.http.get(f"/v1/renders/{render}", params={"include": "events"})
    assert service.calls_since(before) == ["Query"]


def test_an_asset_is_looked_up_once(service: Service) -> None:
    asset = new_asset_id(0)
    boto3.client("s3", region_name=REGION).put_object(
        Bucket=INPUTS, Key=keys.asset_object("acme", asset), Body=b"png"
    )
    scene = {"duration_s": 1, "image": {"asset": asset}}
    before = len(service.arrived)
    service.submit(scene)
    assert service.calls_since(before) == ["GET", *SUBMISSION]
    before = len(service.arrived)
    service.submit(scene)
    assert service.calls_since(before) == SUBMISSION


def test_a_deleted_asset_is_two_calls_and_usage_one(service: Service) -> None:
    asset = new_asset_id(0)
    boto3.client("s3", region_name=REGION).put_object(
        Bucket=INPUTS, Key=keys.asset_object("acme", asset), Body=b"png"
    )
    before = len(service.arrived)
    assert service.http.delete(f"/v1/assets/{asset}").status_code == 204
    assert service.calls_since(before) == ["HEAD", "PutItem"]
    before = len(service.arrived)
    service.http.get("/v1/usage", params={"from": "2023-11-01", "to": "2024-01-31"})
    assert service.calls_since(before) == ["Query"]
