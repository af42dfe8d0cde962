"""IMDSv2 as an instance sees it."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from local.ec2_service.metadata import SPOT_ACTION_TAG, Facts, MetadataServer, look_up

FACTS = Facts(
    instance_id="i-0123456789abcdef0",
    instance_type="c7i.xlarge",
    image_id="ami-12c6146b",
    private_ip="10.30.0.4",
    zone="eu-central-1a",
    region="eu-central-1",
    account="123456789012",
    tags={"Fleet": "cpu", "Environment": "local"},
    target_lifecycle_state="InService",
    launched_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    market="spot",
)


@pytest.fixture
def url() -> Iterator[str]:
    server = MetadataServer(lambda: FACTS)
    server.start()
    yield server.url
    server.stop()


def ask(url: str, path: str, *, method: str = "GET", **headers: str) -> tuple[int, str]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(f"{url}{path}", method=method, headers=named)  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def token(url: str) -> str:
    status, text = ask(url, "/latest/api/token", method="PUT", X_aws_ec2_metadata_token_ttl_seconds="60")
    assert status == 200
    return text


def test_nothing_is_told_without_a_token(url: str) -> None:
    assert ask(url, "/latest/meta-data/instance-id")[0] == 401


def test_an_invented_token_is_refused(url: str) -> None:
    assert ask(url, "/latest/meta-data/instance-id", X_aws_ec2_metadata_token="mine")[0] == 401


@pytest.mark.parametrize("ttl", ["0", "21601", "soon"])
def test_a_token_needs_a_sensible_life(url: str, ttl: str) -> None:
    assert ask(url, "/latest/api/token", method="PUT", X_aws_ec2_metadata_token_ttl_seconds=ttl)[0] == 400


def test_with_a_token_an_instance_learns_who_it_is(url: str) -> None:
    answer = ask(url, "/latest/meta-data/instance-id", X_aws_ec2_metadata_token=token(url))
    assert answer == (200, "i-0123456789abcdef0")


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/latest/meta-data/placement/region", "eu-central-1"),
        ("/latest/meta-data/tags/instance/Fleet", "cpu"),
        ("/latest/meta-data/tags/instance", "Environment\nFleet"),
        ("/latest/meta-data/autoscaling/target-lifecycle-state", "InService"),
        ("/latest/meta-data/placement/", "availability-zone\nregion"),
    ],
)
def test_paths_answer_as_those_of_a_real_instance(path: str, text: str) -> None:
    assert look_up(FACTS, path) == text


@pytest.mark.parametrize("path", ["/latest/meta-data/spot/instance-action", "/latest/meta-data/nothing", "/"])
def test_what_is_not_so_is_not_found(path: str) -> None:
    assert look_up(FACTS, path) is None


def test_an_interruption_notice_appears_when_the_instance_is_tagged_with_it() -> None:
    told = replace(FACTS, tags={**FACTS.tags, SPOT_ACTION_TAG: "2026-11-24T03:00:00Z"})
    notice = look_up(told, "/latest/meta-data/spot/instance-action")
    assert json.loads(notice or "") == {"action": "terminate", "time": "2026-11-24T03:00:00Z"}
    assert "local:" not in (look_up(told, "/latest/meta-data/tags/instance") or "")


def test_credentials_of_the_role_are_handed_out() -> None:
    role = look_up(FACTS, "/latest/meta-data/iam/security-credentials/")
    credentials = json.loads(look_up(FACTS, f"/latest/meta-data/iam/security-credentials/{role}") or "")
    assert credentials["Code"] == "Success"


def test_the_identity_document_names_account_and_zone() -> None:
    document = json.loads(look_up(FACTS, "/latest/dynamic/instance-identity/document") or "")
    assert (document["accountId"], document["availabilityZone"]) == ("123456789012", "eu-central-1a")
