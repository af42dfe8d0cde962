"""AWS's error codes, and what their caller may do: the one table for single calls and for transactions.

Sources: the error lists of each operation's API reference; "Error handling with DynamoDB" (developer guide)
for which of its errors may be retried; botocore's standard retry mode for the codes of throttling.
"""

from collections.abc import Iterable, Mapping
from enum import IntEnum
from types import MappingProxyType

from botocore.exceptions import ClientError

SERVER_ERRORS, TOO_MANY_REQUESTS = 500, 429
"""HTTP statuses that mean trouble at AWS, whatever the code: `HEAD` has a status only."""


class Remedy(IntEnum):
    """What the caller of AWS may do about an error; of several the greatest holds."""

    DECIDE_ANEW = 1
    """A condition does not hold: read again, and decide by what is there now."""
    REPEAT = 2
    """Another transaction is at the item; it is over within milliseconds, and nothing was written."""
    LATER = 3
    """AWS is busy or broken, or credentials are being renewed: the same request may succeed later."""
    NONE = 4
    """The request, a permission or the deployment is a mistake; no repetition helps."""


# By stem: a cancelled transaction says `ThrottlingError` where a single call says `ThrottlingException`.
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
        # SQS; a key that is disabled or missing does not come back by itself
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
        # S3; who asks whether an object is there reads the answer itself
        "EncryptionTypeMismatch",
        "InvalidObjectState",
        "InvalidRequest",
        "InvalidWriteOffset",
        "NoSuchBucket",
        "NoSuchKey",
        "NoSuchUpload",
        "TooManyParts",
        # SSM
        "InvalidKeyId",
        "ParameterNotFound",
        "ParameterVersionNotFound",
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
    """A code without the parts in which its spellings differ, such as `KMS.` or `Exception`."""
    return code.rpartition(".")[2].removesuffix("Exception").removesuffix("Error").removesuffix("Fault")


def remedy_of(error: ClientError) -> Remedy:
    """What the caller may do about an error, by its code or by the reasons of a cancelled transaction."""
    if stem(code_of(error)) == "TransactionCanceled":
        # A transaction that was cancelled without a reason says nothing against it.
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


def _remedy(code: str) -> Remedy:
    return REMEDIES.get(stem(code), Remedy.NONE)


def _reasons(error: ClientError) -> list[str]:
    """One for each item that stood in the transaction's way."""
    codes = (reason.get("Code", "None") for reason in error.response.get("CancellationReasons", []))
    return [code for code in codes if code != "None"]
