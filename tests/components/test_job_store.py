"""The job store."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from components.job_store import JobStore, JobStoreArgs
from components.naming import Naming
from components.settings import Settings

Deployed = Callable[[Callable[[], object]], Any]


@pytest.fixture(scope="module")
def world(deployed: Deployed, naming: Naming, prod: Settings) -> Any:
    args = JobStoreArgs(naming=naming, settings=prod.storage, protect=True)
    return deployed(lambda: JobStore("job-store", args))


def test_the_table_has_the_keys_and_indexes_of_the_domain(world: Any) -> None:
    (table,) = world.of("aws:dynamodb/table:Table")
    assert (table.inputs["hashKey"], table.inputs["rangeKey"]) == ("pk", "sk")
    indexes = {
        index["name"]: [part["attributeName"] for part in index["keySchemas"]]
        for index in table.inputs["globalSecondaryIndexes"]
    }
    assert indexes == {
        "by-tenant": ["tenant_pk", "tenant_sk"],
        "by-state": ["state_pk", "state_sk"],
        "by-waiting": ["waiting_pk", "enqueued_at"],
    }
    kinds = {one["name"]: one["type"] for one in table.inputs["attributes"]}
    texts = ("pk", "sk", "tenant_pk", "tenant_sk", "state_pk", "waiting_pk")
    assert kinds == dict.fromkeys(texts, "S") | {"state_sk": "N", "enqueued_at": "N"}


def test_the_table_streams_both_images_and_forgets_by_time(world: Any) -> None:
    (table,) = world.of("aws:dynamodb/table:Table")
    assert table.inputs["streamViewType"] == "NEW_AND_OLD_IMAGES"
    assert table.inputs["ttl"] == {"attributeName": "expires_at", "enabled": True}


def test_the_table_survives_mistakes(world: Any) -> None:
    (table,) = world.of("aws:dynamodb/table:Table")
    assert table.protect
    assert table.inputs["deletionProtectionEnabled"]
    assert table.inputs["pointInTimeRecovery"] == {"enabled": True}
    assert table.inputs["serverSideEncryption"] == {"enabled": True}


@pytest.mark.parametrize("purpose", ["inputs", "outputs", "artifacts", "logs"])
def test_a_bucket_is_private_versioned_and_tidied(purpose: str, world: Any) -> None:
    name = f"job-store-{purpose}"
    bucket = world.one("aws:s3/bucket:Bucket", name)
    assert bucket.inputs["bucket"] == f"clip-it-prod-{purpose}-444455556666-eu-central-1"
    assert (bucket.protect, bucket.inputs["forceDestroy"]) == (True, False)
    block = world.one("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", name).inputs
    assert [value for key, value in block.items() if key != "bucket"] == [True] * 4
    owner = world.one("aws:s3/bucketOwnershipControls:BucketOwnershipControls", name).inputs
    assert owner["rule"] == {"objectOwnership": "BucketOwnerEnforced"}
    version = world.one("aws:s3/bucketVersioning:BucketVersioning", name).inputs
    assert version["versioningConfiguration"] == {"status": "Enabled"}
    rules = world.one("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", name).inputs[
        "rules"
    ]
    assert rules[0]["abortIncompleteMultipartUpload"] == {"daysAfterInitiation": 7}


@pytest.mark.parametrize("purpose", ["inputs", "outputs", "artifacts", "logs"])
def test_a_bucket_refuses_plain_http(purpose: str, world: Any) -> None:
    policy = json.loads(
        world.one("aws:s3/bucketPolicy:BucketPolicy", f"job-store-{purpose}").inputs["policy"]
    )
    refusal = policy["Statement"][0]
    arn = f"arn:aws:s3:::clip-it-prod-{purpose}-444455556666-eu-central-1"
    assert refusal["Effect"] == "Deny"
    assert refusal["Resource"] == [arn, f"{arn}/*"]


def test_content_is_encrypted_with_the_key_and_logs_with_what_their_writers_support(world: Any) -> None:
    type_ = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
    algorithms = {
        one.name: one.inputs["rules"][0]["applyServerSideEncryptionByDefault"]["sseAlgorithm"]
        for one in world.of(type_)
    }
    assert algorithms == {
        "job-store-inputs": "aws:kms",
        "job-store-outputs": "aws:kms",
        "job-store-artifacts": "AES256",
        "job-store-logs": "AES256",
    }


def test_content_ends_when_its_time_is_over_and_artifacts_do_not(world: Any) -> None:
    type_ = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
    days = {
        one.name.removeprefix("job-store-"): [
            rule["expiration"]["days"] for rule in one.inputs["rules"] if rule["id"] == "expire"
        ]
        for one in world.of(type_)
    }
    assert days == {"inputs": [90], "outputs": [90], "artifacts": [], "logs": [365]}


def test_only_log_delivery_for_this_account_writes_into_the_logs(world: Any) -> None:
    policy = json.loads(world.one("aws:s3/bucketPolicy:BucketPolicy", "job-store-logs").inputs["policy"])
    allowed = [one for one in policy["Statement"] if one["Effect"] == "Allow"]
    assert [one["Principal"]["Service"] for one in allowed] == [
        "logdelivery.elasticloadbalancing.amazonaws.com"
    ]
    assert all("444455556666" in json.dumps(one["Condition"]) for one in allowed)


def test_alarms_may_use_the_key_or_they_would_be_silent(world: Any) -> None:
    (key,) = world.of("aws:kms/key:Key")
    assert key.inputs["enableKeyRotation"]
    assert key.inputs["deletionWindowInDays"] == 30
    statements = json.loads(key.inputs["policy"])["Statement"]
    services = [one["Principal"].get("Service") for one in statements]
    assert "cloudwatch.amazonaws.com" in services


def test_events_may_use_the_key_for_the_alarm_topics_alone_and_without_a_condition_on_the_source(
    world: Any,
) -> None:
    """SNS developer guide, key management: EventBridge reaches no encrypted topic with such a condition."""
    (key,) = world.of("aws:kms/key:Key")
    (events,) = [
        one
        for one in json.loads(key.inputs["policy"])["Statement"]
        if one["Principal"].get("Service") == "events.amazonaws.com"
    ]
    assert events["Action"] == ["kms:Decrypt", "kms:GenerateDataKey*"]
    topics = [f"arn:aws:sns:eu-central-1:444455556666:clip-it-prod-{kind}" for kind in ("alarms", "tickets")]
    assert events["Condition"] == {"StringEquals": {"kms:EncryptionContext:aws:sns:topicArn": topics}}


def test_files_of_test_keys_expire_after_a_day(world: Any) -> None:
    kind = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
    found = {
        rule["filter"]["prefix"]: rule["expiration"]["days"]
        for purpose in ("inputs", "outputs", "artifacts", "logs")
        for rule in world.one(kind, f"job-store-{purpose}").inputs["rules"]
        if rule["id"].startswith("expire-early")
    }
    assert found == {"assets/test--": 1, "compositions/test--": 1, "outputs/test--": 1}
