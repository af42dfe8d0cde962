"""Buckets, their settings and objects, against moto."""

import json

import pytest

from local.provider.types.aws import RefusedError
from local.provider.values import Archive, Asset, Properties

BUCKET = "aws:s3/bucket:Bucket"
OBJECT = "aws:s3/bucketObjectv2:BucketObjectv2"
KMS_KEY = "arn:aws:kms:eu-central-1:123456789012:key/k"
POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "logging.s3.amazonaws.com"},
            "Action": ["s3:PutObject"],
            "Resource": "arn:aws:s3:::shelf/*",
        }
    ],
}
RULE: Properties = {
    "id": "late-attempts",
    "status": "Enabled",
    "filter": {"prefix": "outputs/"},
    "expiration": {"days": 30},
    "noncurrentVersionExpiration": {"noncurrentDays": 7},
    "abortIncompleteMultipartUpload": {"daysAfterInitiation": 1},
    "transitions": [{"days": 30, "storageClass": "STANDARD_IA"}],
}
TAGGED: Properties = {
    "id": "tagged",
    "status": "Enabled",
    "filter": {"and": {"prefix": "x/", "tags": {"kind": "draft", "Owner": "me"}}},
    "expiration": {"days": 1},
}
SETTINGS: dict[str, tuple[Properties, Properties]] = {
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": (
        {
            "blockPublicAcls": True,
            "blockPublicPolicy": True,
            "ignorePublicAcls": True,
            "restrictPublicBuckets": True,
        },
        {"ignorePublicAcls": False},
    ),
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": (
        {"rule": {"objectOwnership": "BucketOwnerEnforced"}},
        {"rule": {"objectOwnership": "BucketOwnerPreferred"}},
    ),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": (
        {"rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}]},
        {
            "rules": [
                {
                    "applyServerSideEncryptionByDefault": {
                        "sseAlgorithm": "aws:kms",
                        "kmsMasterKeyId": KMS_KEY,
                    },
                    "bucketKeyEnabled": True,
                }
            ]
        },
    ),
    "aws:s3/bucketVersioning:BucketVersioning": (
        {"versioningConfiguration": {"status": "Enabled"}},
        {"versioningConfiguration": {"status": "Suspended"}},
    ),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": (
        {"rules": [RULE]},
        {"rules": [{**RULE, "expiration": {"days": 60}}, TAGGED]},
    ),
    "aws:s3/bucketPolicy:BucketPolicy": (
        {"policy": json.dumps(POLICY)},
        {"policy": json.dumps({**POLICY, "Id": "other"})},
    ),
}
WITH_A_WAY_BACK = sorted(SETTINGS.keys() - {"aws:s3/bucketVersioning:BucketVersioning"})


def test_a_bucket_is_named_by_its_logical_name_and_tells_its_addresses(stack):
    bucket = stack.create(BUCKET, {"tags": {"Project": "p"}}, name="outputs")

    assert bucket.id.startswith("outputs-")
    assert bucket.outputs["arn"] == f"arn:aws:s3:::{bucket.id}"
    assert bucket.outputs["bucketRegionalDomainName"] == f"{bucket.id}.s3.eu-central-1.amazonaws.com"
    assert bucket.outputs["tagsAll"] == {"Project": "p"}


def test_tags_of_a_bucket_are_changed_and_all_taken_away(stack):
    bucket = stack.create(BUCKET, {"tags": {"a": "1", "b": "2"}})
    bucket = stack.update(bucket, tags={"a": "3"})
    assert (
        stack.aws.call("s3", "get_bucket_tagging", Bucket=bucket.id).blocks("TagSet")[0].text("Value") == "3"
    )

    stack.update(bucket, tags={})


def test_a_tag_changed_behind_pulumis_back_is_drift(stack):
    bucket = stack.create(BUCKET, {"tags": {"a": "1"}})
    tags = {"TagSet": [{"Key": "a", "Value": "1"}, {"Key": "intruder", "Value": "x"}]}
    stack.aws.call("s3", "put_bucket_tagging", Bucket=bucket.id, Tagging=tags)

    assert stack.drift(bucket) == {"tags": {"a": "1", "intruder": "x"}}


def test_a_full_bucket_is_deleted_only_by_force(stack):
    bucket = stack.create(BUCKET, {"bucket": "shelf"})
    stack.aws.call("s3", "put_object", Bucket="shelf", Key="k", Body=b"x")
    with pytest.raises(RefusedError, match="BucketNotEmpty"):
        stack.delete(bucket)

    stack.delete(stack.update(bucket, forceDestroy=True))


@pytest.mark.parametrize(
    ("name", "reason"),
    [("ab", "3 or more"), ("a" * 64, "64 characters"), ("Upper", "lower-case"), ("a..b", "single dots")],
)
def test_a_bucket_name_that_s3_refuses_is_refused(stack, name, reason):
    assert reason in stack.refusals(BUCKET, {"bucket": name})["bucket"]


@pytest.mark.parametrize("token", SETTINGS, ids=lambda token: token.rsplit(":", 1)[1])
def test_a_setting_of_a_bucket_is_put_and_changed_in_place(stack, token):
    first, second = SETTINGS[token]
    stack.create(BUCKET, {"bucket": "shelf"})
    stack.aws.call("s3", "put_bucket_policy", Bucket="shelf", Policy=json.dumps(POLICY))
    setting = stack.create(token, {"bucket": "shelf", **first})

    changed = stack.update(setting, **second)

    assert stack.replaces(changed, bucket="other")


@pytest.mark.parametrize("token", WITH_A_WAY_BACK, ids=lambda token: token.rsplit(":", 1)[1])
def test_a_setting_of_a_bucket_is_gone_once_deleted(stack, token):
    stack.create(BUCKET, {"bucket": "shelf"})
    stack.aws.call("s3", "put_bucket_policy", Bucket="shelf", Policy=json.dumps(POLICY))
    setting = stack.create(token, {"bucket": "shelf", **SETTINGS[token][0]})

    stack.delete(setting)


def test_versioning_cannot_be_deleted_only_suspended(stack):
    stack.create(BUCKET, {"bucket": "shelf"})
    enabled = {"bucket": "shelf", "versioningConfiguration": {"status": "Enabled"}}
    versioning = stack.create("aws:s3/bucketVersioning:BucketVersioning", enabled)

    stack.operations.delete(versioning.urn, versioning.id, versioning.outputs)

    assert stack.drift(versioning) == {"versioningConfiguration": {"status": "Suspended"}}


def test_a_public_access_block_opened_by_hand_is_drift(stack):
    token = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
    stack.create(BUCKET, {"bucket": "shelf"})
    block = stack.create(token, {"bucket": "shelf", **SETTINGS[token][0]})
    opened = {
        "BlockPublicAcls": False,
        "IgnorePublicAcls": True,
        "BlockPublicPolicy": True,
        "RestrictPublicBuckets": True,
    }
    stack.aws.call("s3", "put_public_access_block", Bucket="shelf", PublicAccessBlockConfiguration=opened)

    assert stack.drift(block) == {"blockPublicAcls": False}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"status": "enabled"}, "Enabled or Disabled"),
        ({"transitions": [{"days": 30, "storageClass": "COLD"}]}, "'COLD' is no storage class"),
        ({"transitions": [{"days": 5, "storageClass": "STANDARD_IA"}]}, "at least 30"),
        ({"filter": {"prefix": "a", "objectSizeGreaterThan": 1}}, "inside `and`"),
    ],
)
def test_a_lifecycle_rule_that_s3_refuses_is_refused(stack, change, reason):
    token = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
    assert reason in stack.refusals(token, {"bucket": "shelf", "rules": [{**RULE, **change}]})["rules"]


def test_a_lifecycle_rule_without_an_action_is_refused(stack):
    token = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
    idle = {"id": "idle", "status": "Enabled", "filter": {"prefix": ""}}
    assert "does nothing" in stack.refusals(token, {"bucket": "shelf", "rules": [idle]})["rules"]


@pytest.mark.parametrize(
    ("token", "inputs", "key"),
    [
        ("BucketOwnershipControls", {"rule": {"objectOwnership": "Me"}}, "rule.objectOwnership"),
        ("BucketVersioning", {"versioningConfiguration": {"status": "On"}}, "versioningConfiguration.status"),
        ("BucketPolicy", {"policy": "{oops"}, "policy"),
        (
            "BucketServerSideEncryptionConfiguration",
            {"rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES"}}]},
            "rules",
        ),
    ],
)
def test_a_setting_that_s3_refuses_is_refused(stack, token, inputs, key):
    full = f"aws:s3/b{token[1:]}:{token}"
    assert key in stack.refusals(full, {"bucket": "shelf", **inputs})


def test_an_archive_becomes_a_zip_and_another_archive_another_etag(stack):
    stack.create(BUCKET, {"bucket": "shelf"})
    archive = Archive(hash="1", assets={"main.py": Asset(hash="a", text="print(1)")})
    item = stack.create(OBJECT, {"bucket": "shelf", "key": "agent.zip", "source": archive})
    stored = stack.aws.client("s3").get_object(Bucket="shelf", Key="agent.zip")["Body"].read()
    assert stored == archive.zip()

    other = Archive(hash="2", assets={"main.py": Asset(hash="b", text="print(2)")})
    assert stack.update(item, source=other).outputs["etag"] != item.outputs["etag"]


def test_an_object_overwritten_by_hand_is_drift_and_an_update_puts_it_back(stack):
    stack.create(BUCKET, {"bucket": "shelf"})
    item = stack.create(OBJECT, {"bucket": "shelf", "key": "k", "content": "ours", "tags": {"a": "b"}})
    stack.aws.call("s3", "put_object", Bucket="shelf", Key="k", Body=b"theirs", Tagging="a=b")
    found = stack.read(item)
    assert found.inputs["content"] is None

    stack.operations.update(item.urn, found, item.inputs, preview=False)

    assert stack.aws.client("s3").get_object(Bucket="shelf", Key="k")["Body"].read() == b"ours"


def test_an_object_takes_one_content_and_is_gone_once_deleted(stack):
    stack.create(BUCKET, {"bucket": "shelf"})
    twice = {"bucket": "shelf", "key": "k", "content": "a", "contentBase64": "YQ=="}
    assert "at most one" in stack.refusals(OBJECT, twice)["contentBase64"]

    stack.delete(stack.create(OBJECT, {"bucket": "shelf", "key": "k", "contentBase64": "YQ=="}))
