"""Tables, against moto."""

import pytest

from local.provider.types.aws import RefusedError
from local.provider.values import UNKNOWN

TABLE = "aws:dynamodb/table:Table"
KEY = "arn:aws:kms:eu-central-1:123456789012:key/k"
KEYS = [{"attributeName": "state_pk", "keyType": "HASH"}, {"attributeName": "state_sk", "keyType": "RANGE"}]
INDEX = {"name": "by-state", "hashKey": "state_pk", "rangeKey": "state_sk", "projectionType": "ALL"}
JOBS = {
    "name": "jobs",
    "billingMode": "PAY_PER_REQUEST",
    "hashKey": "pk",
    "rangeKey": "sk",
    "attributes": [
        {"name": "pk", "type": "S"},
        {"name": "sk", "type": "S"},
        {"name": "state_pk", "type": "S"},
        {"name": "state_sk", "type": "N"},
    ],
    "globalSecondaryIndexes": [INDEX],
    "streamEnabled": True,
    "streamViewType": "NEW_AND_OLD_IMAGES",
    "ttl": {"attributeName": "expires_at", "enabled": True},
    "pointInTimeRecovery": {"enabled": True, "recoveryPeriodInDays": 7},
    "serverSideEncryption": {"enabled": True, "kmsKeyArn": KEY},
    "tags": {"Project": "p"},
}


def described(stack):
    return stack.aws.call("dynamodb", "describe_table", TableName="jobs").block("Table")


def test_a_table_has_all_that_it_was_given_and_is_gone_once_deleted(stack):
    table = stack.create(TABLE, JOBS)

    assert table.outputs["arn"] == "arn:aws:dynamodb:eu-central-1:123456789012:table/jobs"
    assert table.outputs["streamArn"].startswith(f"{table.outputs['arn']}/stream/")
    assert described(stack).block("SSEDescription").text("KMSMasterKeyArn") == KEY
    stack.delete(table)


@pytest.mark.short_form(2)
@pytest.mark.parametrize(
    "change",
    [
        {"deletionProtectionEnabled": True},
        {"ttl": {"attributeName": "expires_at", "enabled": False}},
        {"ttl": {"attributeName": "gone_at", "enabled": True}},
        {"pointInTimeRecovery": {"enabled": False}},
        {"tags": {"Owner": "o"}},
        {"billingMode": "PROVISIONED", "readCapacity": 1, "writeCapacity": 1},
        {"globalSecondaryIndexes": [{**INDEX, "projectionType": "KEYS_ONLY"}]},
        {"globalSecondaryIndexes": [INDEX, {**INDEX, "name": "by-state-too"}]},
    ],
    ids=str,
)
def test_a_table_is_changed_in_place_and_keeps_its_stream(stack, change):
    table = stack.create(TABLE, JOBS)

    assert stack.previewed(table, **change)["streamArn"] == table.outputs["streamArn"]
    assert stack.update(table, **change).outputs["streamArn"] == table.outputs["streamArn"]


def test_the_stream_that_a_change_makes_anew_is_unknown_in_a_preview(stack):
    table = stack.create(TABLE, JOBS)

    assert stack.previewed(table, streamViewType="KEYS_ONLY")["streamArn"] is UNKNOWN


def test_an_index_that_stays_is_not_made_anew(stack):
    table = stack.create(TABLE, JOBS)
    item = {"pk": {"S": "a"}, "sk": {"S": "b"}, "state_pk": {"S": "queued"}, "state_sk": {"N": "1"}}
    stack.aws.call("dynamodb", "put_item", TableName="jobs", Item=item)

    stack.update(table, globalSecondaryIndexes=[INDEX, {**INDEX, "name": "by-state-too"}])

    names = [index.text("IndexName") for index in described(stack).blocks("GlobalSecondaryIndexes")]
    assert names == ["by-state", "by-state-too"]


def test_keys_of_an_index_may_be_said_in_either_way(stack):
    by_schema = {"name": "by-state", "keySchemas": KEYS, "projectionType": "ALL"}
    table = stack.create(TABLE, JOBS | {"globalSecondaryIndexes": [by_schema]})

    stack.update(table, globalSecondaryIndexes=[INDEX])


def test_a_stream_begun_later_and_ended_shows_in_its_arn(stack):
    table = stack.create(TABLE, {key: value for key, value in JOBS.items() if not key.startswith("stream")})
    assert table.outputs["streamArn"] == ""

    begun = stack.update(table, streamEnabled=True, streamViewType="NEW_IMAGE")
    assert str(begun.outputs["streamArn"]).startswith(f"{table.outputs['arn']}/stream/")

    assert stack.update(begun, streamEnabled=False, streamViewType=None).outputs["streamArn"] == ""


def test_another_view_of_a_running_stream_is_another_stream(stack):
    table = stack.create(TABLE, JOBS)
    changed = stack.update(table, streamViewType="KEYS_ONLY")
    assert changed.outputs["streamArn"] not in {"", table.outputs["streamArn"]}


@pytest.mark.parametrize("change", [{"hashKey": "id"}, {"rangeKey": "id"}, {"name": "tasks"}], ids=str)
def test_another_key_or_name_needs_another_table(stack, change):
    assert stack.replaces(stack.create(TABLE, JOBS), **change)


def test_protection_and_time_to_live_changed_by_hand_are_drift(stack):
    table = stack.create(TABLE, JOBS | {"deletionProtectionEnabled": True})
    stack.aws.call("dynamodb", "update_table", TableName="jobs", DeletionProtectionEnabled=False)
    off = {"Enabled": False, "AttributeName": "expires_at"}
    stack.aws.call("dynamodb", "update_time_to_live", TableName="jobs", TimeToLiveSpecification=off)

    assert stack.drift(table).keys() == {"deletionProtectionEnabled", "ttl"}


def test_a_protected_table_is_not_deleted(stack):
    table = stack.create(TABLE, JOBS | {"deletionProtectionEnabled": True})
    with pytest.raises(RefusedError):
        stack.delete(table)


@pytest.mark.parametrize(
    ("change", "key", "reason"),
    [
        ({"name": "ab"}, "name", "3 or more"),
        (
            {"attributes": [*JOBS["attributes"], {"name": "spare", "type": "S"}]},
            "attributes",
            "spare: no key",
        ),
        ({"attributes": JOBS["attributes"][1:]}, "attributes", "pk: is a key"),
        ({"globalSecondaryIndexes": [{**INDEX, "name": "by"}]}, "globalSecondaryIndexes", "2 characters"),
        ({"globalSecondaryIndexes": [{**INDEX, "hashKey": None}]}, "globalSecondaryIndexes", "needs a HASH"),
        (
            {"globalSecondaryIndexes": [{**INDEX, "projectionType": "SOME"}]},
            "globalSecondaryIndexes",
            "'SOME'",
        ),
        (
            {"globalSecondaryIndexes": [{**INDEX, "projectionType": "INCLUDE"}]},
            "globalSecondaryIndexes",
            "need",
        ),
        ({"readCapacity": 1}, "readCapacity", "PAY_PER_REQUEST"),
        ({"billingMode": "PROVISIONED"}, "writeCapacity", "required with PROVISIONED"),
        ({"billingMode": "CHEAP"}, "billingMode", "'CHEAP' is not allowed"),
        ({"streamViewType": None}, "streamViewType", "required when streamEnabled"),
        ({"streamViewType": "ALL"}, "streamViewType", "'ALL' is not allowed"),
        ({"ttl": {"enabled": True}}, "ttl.attributeName", "required"),
        (
            {"pointInTimeRecovery": {"enabled": True, "recoveryPeriodInDays": 36}},
            "pointInTimeRecovery.recoveryPeriodInDays",
            "1 to 35",
        ),
        ({"tableClass": "COLD"}, "tableClass", "'COLD' is not allowed"),
    ],
)
def test_a_table_that_dynamodb_refuses_is_refused(stack, change, key, reason):
    assert reason in stack.refusals(TABLE, JOBS | change)[key]
