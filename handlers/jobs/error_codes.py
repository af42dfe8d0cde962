"""Maps AWS error codes to what the caller may do, for single calls and for transactions.

Sources: the error lists of each operation's API reference; "Error handling with DynamoDB" (developer guide)
for which of its errors may be retried; botocore's standard retry mode for the codes of throttling.
"""

from collections.abc import Iterable, Iterator, Mapping
from enum import IntEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, cast

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

SERVER_ERRORS, TOO_MANY_REQUESTS = 500, 429
"""HTTP statuses that mean a problem at AWS, whatever the code; a `HEAD` response has only a status."""


class Remedy(IntEnum):
    """What the caller of AWS may do about an error; of several errors the greatest value counts."""

    DECIDE_ANEW = 1
    """A condition failed: read again and decide with the current values."""
    REPEAT = 2
    """Another transaction holds the item for some milliseconds; nothing was written."""
    LATER = 3
    """AWS is busy or broken, or credentials are being renewed: the same request may succeed later."""
    NONE = 4
    """The request, a permission or the deployment is wrong; retrying does not help."""


# By stem: a cancelled transaction reports `ThrottlingError`, a single call `ThrottlingException`.
_STEMS: Mapping[Remedy, Iterable[str]] = {
    Remedy.DECIDE_ANEW: ("ConditionalCheckFailed",),
    Remedy.REPEAT: ("ReplicatedWriteConflict", "TransactionConflict"),
    Remedy.LATER: (
        # DynamoDB
        "InternalServer",
        "ItemCollectionSizeLimitExceeded",
        "LimitExceeded",
        "ProvisionedThroughputExceeded",
        "RequestLimitExceeded",
        "TransactionInProgress",
        # SQS
        "KmsThrottled",
        "OverLimit",
        "RequestThrottled",
        # S3
        "BadDigest",
        "IncompleteBody",
        "Internal",
        "OperationAborted",
        "RequestTimeout",
        "SlowDown",
        # Auto Scaling
        "ResourceContention",
        "ScalingActivityInProgress",
        # SSM
        "TooManyUpdates",
        # Any service
        "BandwidthLimitExceeded",
        "ExpiredToken",
        "InternalFailure",
        "PriorRequestNotComplete",
        "ServiceUnavailable",
        "Throttled",
        "Throttling",
        "TokenRefreshRequired",
        "TooManyRequests",
    ),
    Remedy.NONE: (
        # DynamoDB
        "IdempotentParameterMismatch",
        "ResourceNotFound",
        "TransactionCanceled",  # unless its reasons say otherwise
        # SQS; a disabled or missing key does not recover by itself
        "InvalidAddress",
        "InvalidAttributeName",
        "InvalidIdFormat",
        "InvalidMessageContents",
        "InvalidSecurity",
        "KmsAccessDenied",
        "KmsDisabled",
        "KmsInvalidKeyUsage",
        "KmsInvalidState",
        "KmsNotFound",
        "KmsOptInRequired",
        "MessageNotInflight",
        "NonExistentQueue",
        "QueueDoesNotExist",
        "ReceiptHandleIsInvalid",
        "UnsupportedOperation",
        # S3; code that checks for an object handles this itself
        "EncryptionTypeMismatch",
        "InvalidObjectState",
        "InvalidRequest",
        "InvalidWriteOffset",
        "NoSuchBucket",
        "NoSuchKey",
        "NoSuchUpload",
        "TooManyParts",
        # SSM; code that creates a parameter handles one that is there already itself
        "HierarchyLevelLimitExceeded",
        "HierarchyTypeMismatch",
        "IncompatiblePolicy",
        "InvalidAllowedPattern",
        "InvalidKeyId",
        "InvalidPolicyAttribute",
        "InvalidPolicyType",
        "ParameterAlreadyExists",
        "ParameterLimitExceeded",
        "ParameterMaxVersionLimitExceeded",
        "ParameterNotFound",
        "ParameterPatternMismatch",
        "ParameterVersionNotFound",
        "PoliciesLimitExceeded",
        "UnsupportedParameterType",
        # Auto Scaling
        "InvalidNextToken",
        "ServiceLinkedRoleFailure",
        # Any service
        "AccessDenied",
        "Validation",
    ),
}
REMEDIES: Mapping[str, Remedy] = MappingProxyType(
    {stem: remedy for remedy, stems in _STEMS.items() for stem in stems}
)


def stem(code: str) -> str:
    """A code without the parts that vary, such as `KMS.` or `Exception`."""
    return code.rpartition(".")[2].removesuffix("Exception").removesuffix("Error").removesuffix("Fault")


def remedy_of(error: ClientError) -> Remedy:
    """What the caller may do about an error, by its code or by the reasons of a cancelled transaction."""
    if stem(code_of(error)) == "TransactionCanceled":
        # A transaction that was cancelled without a reason may be retried.
        return max(map(_remedy, _reasons(error)), default=Remedy.LATER)
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return Remedy.LATER if status >= SERVER_ERRORS or status == TOO_MANY_REQUESTS else _remedy(code_of(error))


def described(error: ClientError) -> str:
    """The error's code; of a cancelled transaction its reasons."""
    return ", ".join(sorted(set(_reasons(error)))) or code_of(error)


def code_of(error: ClientError) -> str:
    """The error's code; `Unknown` where a gateway before AWS answered with something of its own."""
    return error.response.get("Error", {}).get("Code", "Unknown")


def message_of(error: ClientError) -> str:
    """The error's words, which for some errors are all that tells them apart."""
    return error.response.get("Error", {}).get("Message", "")


def items_found(error: ClientError) -> "Iterator[Mapping[str, AttributeValueTypeDef]]":
    """The items at which conditions of a cancelled transaction failed, where the request asked for them.

    See `ReturnValuesOnConditionCheckFailure` and `CancellationReason` in the API reference of DynamoDB.
    """
    for reason in error.response.get("CancellationReasons", []):
        if "Item" in reason:
            yield cast("Mapping[str, AttributeValueTypeDef]", reason["Item"])


def _remedy(code: str) -> Remedy:
    return REMEDIES.get(stem(code), Remedy.NONE)


def _reasons(error: ClientError) -> list[str]:
    """The code of each item that made the transaction fail."""
    codes = (reason.get("Code", "None") for reason in error.response.get("CancellationReasons", []))
    return [code for code in codes if code != "None"]
