"""The one table as moto plays it, with the index that lists what is a tenant's."""

import boto3

from handlers.jobs.store import keys
from tests.aws import REGION


def create_table(name: str) -> None:
    """An empty table."""
    names = ("pk", "sk", "tenant_pk", "tenant_sk")
    boto3.client("dynamodb", REGION).create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": one, "AttributeType": "S"} for one in names],
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": keys.BY_TENANT,
                "KeySchema": [
                    {"AttributeName": "tenant_pk", "KeyType": "HASH"},
                    {"AttributeName": "tenant_sk", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )
