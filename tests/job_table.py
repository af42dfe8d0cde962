"""The one table, with exactly the deployed schema."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def create_table(client: "DynamoDBClient", name: str) -> None:
    """An empty table."""
    client.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
            {"AttributeName": "tenant_pk", "AttributeType": "S"},
            {"AttributeName": "tenant_sk", "AttributeType": "S"},
            {"AttributeName": "state_pk", "AttributeType": "S"},
            {"AttributeName": "state_sk", "AttributeType": "N"},
            {"AttributeName": "waiting_pk", "AttributeType": "S"},
            {"AttributeName": "enqueued_at", "AttributeType": "N"},
        ],
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-tenant",
                "KeySchema": [
                    {"AttributeName": "tenant_pk", "KeyType": "HASH"},
                    {"AttributeName": "tenant_sk", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "ALL"},
            },
            {
                "IndexName": "by-state",
                "KeySchema": [
                    {"AttributeName": "state_pk", "KeyType": "HASH"},
                    {"AttributeName": "state_sk", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "ALL"},
            },
            {
                "IndexName": "by-waiting",
                "KeySchema": [
                    {"AttributeName": "waiting_pk", "KeyType": "HASH"},
                    {"AttributeName": "enqueued_at", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            },
        ],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    client.update_time_to_live(
        TableName=name, TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires_at"}
    )
