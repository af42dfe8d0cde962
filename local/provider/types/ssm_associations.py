"""State Manager associations: which documents run where, and how often."""

from collections.abc import Iterator

from local import rates
from local.provider.types.aws import Aws
from local.provider.types.checks import one_of, required
from local.provider.types.props import Props
from local.provider.types.resource import (
    Change,
    CheckFailure,
    Created,
    Existing,
    Outputs,
    ResourceType,
    Types,
)
from local.provider.types.spelling import chosen, seen

SEVERITIES = ("UNSPECIFIED", "LOW", "MEDIUM", "HIGH", "CRITICAL")

SMALLEST_PERIOD_S = 30 * 60  # State Manager takes no smaller rate

ASSOCIATION = (
    "applyOnlyAtCronInterval",
    "associationName",
    "automationTargetParameterName",
    "complianceSeverity",
    "documentVersion",
    "maxConcurrency",
    "maxErrors",
    "name",
    "scheduleExpression",
    "syncCompliance",
    "targets",
)


def _association(inputs: Props) -> dict[str, object]:
    parameters = {name: [value] for name, value in inputs.mapping("parameters").items()}
    bucket = inputs.block("outputLocation")
    names = {
        "s3BucketName": "OutputS3BucketName",
        "s3KeyPrefix": "OutputS3KeyPrefix",
        "s3Region": "OutputS3Region",
    }
    location = {"S3Location": chosen(bucket, *names, renamed=names)} if bucket else None
    optional = {"Parameters": parameters, "OutputLocation": location}
    return {**chosen(inputs, *ASSOCIATION), **{key: value for key, value in optional.items() if value}}


def _create_association(aws: Aws, new: Props) -> Created:
    answer = aws.call("ssm", "create_association", **_association(new)).block("AssociationDescription")
    return Created(id=answer.text("AssociationId"))


def _read_association(aws: Aws, it: Existing) -> Outputs | None:
    answer = aws.call("ssm", "describe_association", AssociationId=it.id)
    found = answer.block("AssociationDescription")
    parameters = found.block("Parameters")
    bucket = found.block("OutputLocation").block("S3Location")
    names = {
        "s3BucketName": "OutputS3BucketName",
        "s3KeyPrefix": "OutputS3KeyPrefix",
        "s3Region": "OutputS3Region",
    }
    return {
        **seen(found, *ASSOCIATION),
        "associationId": it.id,
        "arn": aws.arn("ssm", f"association/{it.id}"),
        "parameters": {name: ",".join(parameters.texts(name)) for name in parameters},
        "outputLocation": seen(bucket, *names, renamed=names) if bucket else None,
    }


def _update_association(aws: Aws, it: Existing, change: Change) -> None:
    aws.call("ssm", "update_association", AssociationId=it.id, **_association(change.inputs))


def _delete_association(aws: Aws, it: Existing) -> None:
    aws.call("ssm", "delete_association", AssociationId=it.id)


def _rate_is_allowed(inputs: Props) -> Iterator[CheckFailure]:
    text = inputs.maybe_text("scheduleExpression")
    if text is None or text.startswith(("cron(", "at(")):
        return
    try:
        if rates.period_s(text) < SMALLEST_PERIOD_S:
            reason = f"{text!r} is too often; the smallest rate is {SMALLEST_PERIOD_S // 60} minutes"
            yield CheckFailure(property="scheduleExpression", reason=reason)
    except rates.RateError as error:
        yield CheckFailure(property="scheduleExpression", reason=f"{error}, or cron(...) or at(...)")


TYPES: Types = {
    "aws:ssm/association:Association": ResourceType(
        create=_create_association,
        read=_read_association,
        update=_update_association,
        delete=_delete_association,
        replace_on=frozenset({"name"}),
        checks=(required("name"), one_of("complianceSeverity", SEVERITIES), _rate_is_allowed),
    ),
}
