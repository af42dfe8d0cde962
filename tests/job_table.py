"""The one table as moto plays it, with the indexes that list what is a tenant's and what is in a state."""

import boto3

from handlers.jobs.store import keys
from tests.aws import REGION


def create_table(name: str) -> None:
    """An empty table."""
    kinds = {"pk": "S", "sk": "S", "tenant_pk": "S", "tenant_sk": "S", "state_pk": "S", "state_sk": "N"}
    boto3.client("dynamodb", REGION).create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": kind} for name, kind in kinds.items()],
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": index,
                "KeySchema": [
                    {"AttributeName": f"{name}_pk", "KeyType": "HASH"},
                    {"AttributeName": f"{name}_sk", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "ALL"},
            }
            for index, name in ((keys.BY_TENANT, "tenant"), (keys.BY_STATE, "state"))
        ],
    )
