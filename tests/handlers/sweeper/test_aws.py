"""Erasing a job's objects: every version of every one, and nothing of another job."""

from typing import TYPE_CHECKING

import boto3
import pytest

from handlers.jobs.ids import new_asset_id, new_job_id
from handlers.jobs.store import keys
from handlers.jobs.store.customers.asset_deletions import AssetDeletion
from handlers.jobs.store.customers.deletions import Deletion
from handlers.sweeper.aws import BucketFiles
from tests.aws import REGION
from tests.handlers.conftest import START

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

INPUTS, OUTPUTS = "inputs", "outputs"


@pytest.fixture
def s3(aws: None) -> "S3Client":
    client = boto3.client("s3", region_name=REGION)
    for bucket in (INPUTS, OUTPUTS):
        client.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
        client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    return client


def stored(s3: "S3Client", tenant: str, job_id: str) -> None:
    s3.put_object(Bucket=INPUTS, Key=keys.composition_object(tenant, job_id), Body=b"{}")
    for attempt in (1, 2):
        for name in ("video.mp4", "engine.log"):
            key = f"{keys.output_folder(tenant, job_id, attempt)}/{name}"
            s3.put_object(Bucket=OUTPUTS, Key=key, Body=b"1")
            s3.put_object(Bucket=OUTPUTS, Key=key, Body=b"2")
    s3.delete_object(Bucket=OUTPUTS, Key=keys.video_object(tenant, job_id, 1))


def versions(s3: "S3Client") -> set[str]:
    found = set()
    for bucket in (INPUTS, OUTPUTS):
        answer = s3.list_object_versions(Bucket=bucket)
        found |= {one["Key"] for one in answer.get("Versions", [])}
        found |= {one["Key"] for one in answer.get("DeleteMarkers", [])}
    return found


def test_every_version_of_a_deleted_job_goes_and_nothing_of_another(s3: "S3Client") -> None:
    ours, other, theirs = (new_job_id(START) for _ in range(3))
    stored(s3, "acme", other)
    stored(s3, "zenith", theirs)
    left = versions(s3)
    stored(s3, "acme", ours)
    files = BucketFiles(s3, inputs=INPUTS, outputs=OUTPUTS)
    for _ in range(2):
        assert files.erase(Deletion(job_id=ours, tenant="acme", at=START))
        assert versions(s3) == left


def test_every_version_of_a_deleted_asset_goes_and_nothing_of_another(s3: "S3Client") -> None:
    ours, other = (new_asset_id(START) for _ in range(2))
    for tenant, asset in (("acme", other), ("zenith", ours)):
        s3.put_object(Bucket=INPUTS, Key=keys.asset_object(tenant, asset), Body=b"png")
    left = versions(s3)
    for content in (b"1", b"2"):
        s3.put_object(Bucket=INPUTS, Key=keys.asset_object("acme", ours), Body=content)
    s3.delete_object(Bucket=INPUTS, Key=keys.asset_object("acme", ours))
    files = BucketFiles(s3, inputs=INPUTS, outputs=OUTPUTS)
    for _ in range(2):
        assert files.erase_asset(AssetDeletion(asset_id=ours, tenant="acme", at=START))
        assert versions(s3) == left
