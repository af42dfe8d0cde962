"""Names and ARNs of the job store that others need before it exists."""

from dataclasses import dataclass

from components.naming import Naming

# A bucket name may have 63 characters (S3 user guide, naming rules), a table name 255.
BUCKET_LIMIT = 63
TABLE_LIMIT = 255


def bucket_name(naming: Naming, purpose: str) -> str:
    """The physical name of a bucket; account and region make it unique in the world."""
    return naming.across_regions(purpose, naming.account_id, limit=BUCKET_LIMIT)


@dataclass(frozen=True, kw_only=True)
class StoreNames:
    """The names that policy documents and container definitions use for the store."""

    table: str
    inputs: str
    outputs: str
    artifacts: str
    logs: str
    key_alias: str
    table_arn: str
    keys_arn: str

    @classmethod
    def of(cls, naming: Naming) -> "StoreNames":
        """The names in one environment."""
        table = naming.physical("jobs", limit=TABLE_LIMIT)
        return cls(
            table=table,
            inputs=bucket_name(naming, "inputs"),
            outputs=bucket_name(naming, "outputs"),
            artifacts=bucket_name(naming, "artifacts"),
            logs=bucket_name(naming, "logs"),
            key_alias="alias/" + naming.physical("content", limit=250),
            table_arn=naming.arn("dynamodb", f"table/{table}"),
            # The id of a key is not known in advance; statements name its alias as a condition.
            keys_arn=naming.arn("kms", "key/*"),
        )

    def index_arn(self, index: str) -> str:
        """The ARN of an index of the table."""
        return f"{self.table_arn}/index/{index}"
