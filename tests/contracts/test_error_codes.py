"""Every error that AWS's own model gives an operation of the handlers is in the table of what may be done."""

import importlib
import re
from pathlib import Path

import botocore.session
import pytest

from handlers.jobs.error_codes import REMEDIES, stem
from tests.contracts.test_permissions import PACKAGES

ROOT = Path(__file__).parents[2]

# What a permission's calls are named in the API; a transaction needs the permissions of its parts.
CALLS = {
    "s3:ListBucket": ["ListObjectsV2", "HeadBucket"],
    "s3:GetObject": ["GetObject", "HeadObject"],
    "s3:PutObject": ["PutObject", "CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload"],
    "dynamodb:PutItem": ["PutItem", "TransactWriteItems"],
    "s3:DeleteObjectVersion": ["DeleteObjects"],
    "s3:ListBucketVersions": ["ListObjectVersions"],
}


def operations() -> set[tuple[str, str]]:
    actions = {action for module in PACKAGES.values() for action in importlib.import_module(module).ACTIONS}
    return {
        (action.partition(":")[0], call)
        for action in actions
        for call in CALLS.get(action, [action.partition(":")[2]])
    }


@pytest.mark.short_form(5)
@pytest.mark.parametrize(("service", "operation"), sorted(operations()))
def test_each_error_of_an_operation_is_in_the_table(service: str, operation: str) -> None:
    model = botocore.session.get_session().get_service_model(service).operation_model(operation)
    codes = {shape.metadata.get("error", {}).get("code", shape.name) for shape in model.error_shapes}
    assert {code for code in codes if stem(code) not in REMEDIES} == set()


def test_each_reason_for_which_a_transaction_is_cancelled_is_in_the_table() -> None:
    """As the API reference lists them under `TransactionCanceledException`."""
    reasons = {
        "ConditionalCheckFailed",
        "ItemCollectionSizeLimitExceeded",
        "TransactionConflict",
        "ProvisionedThroughputExceeded",
        "ThrottlingError",
        "ValidationError",
    }
    assert {reason for reason in reasons if stem(reason) not in REMEDIES} == set()


def test_nobody_else_takes_an_error_apart() -> None:
    """A gateway's answer has no `Error`: who looks for its code must not fall over that."""
    takers = {
        str(path.relative_to(ROOT))
        for room in ("handlers", "cli")
        for path in (ROOT / room).rglob("*.py")
        if re.search(r"\.response(\[|\.get\()", path.read_text("utf-8"))
    }
    assert takers == {"handlers/jobs/error_codes.py"}
