"""An association says how bad its failure is, how wide it may fail, when it runs and where it reports."""

from collections.abc import Iterator

from pulumi_policy import Severity

from guardrails.aws import types
from guardrails.options import Options
from guardrails.resources.resource import Resource
from guardrails.resources.values import in_turn, present, text, unknown
from guardrails.rule import Finding, ResourceRule

STATED = (
    ("maxErrors", "max_errors", "how many instances may fail"),
    ("maxConcurrency", "max_concurrency", "how many instances run it at once"),
    ("scheduleExpression", "schedule_expression", "when it runs again"),
)
SEVERITIES = frozenset({"CRITICAL", "HIGH", "MEDIUM", "LOW"})
DEFAULT = "$default"
MOVING = frozenset({"", DEFAULT, "$latest"})
# Names of documents begin so for AWS alone (Systems Manager API reference, CreateDocument).
OF_AWS = ("aws", "amazon", "amzn")


def findings(association: Resource, _options: Options) -> Iterator[Finding]:
    """Each thing that it leaves open."""
    yield from in_turn(
        _severity(association),
        *(_stated(association, *each_one) for each_one in STATED),
        _output(association),
        _pinned(association),
    )


def _severity(association: Resource) -> Iterator[Finding]:
    if text(association.props, "complianceSeverity").upper() not in SEVERITIES:
        yield Finding(
            observed="does not say how bad its failure is",
            expected="CRITICAL, HIGH, MEDIUM or LOW",
            argument="compliance_severity",
        )


def _stated(association: Resource, key: str, argument: str, what: str) -> Iterator[Finding]:
    if not present(association.props, key):
        yield Finding(observed=f"does not say {what}", expected="a value", argument=argument)


def _output(association: Resource) -> Iterator[Finding]:
    if not unknown(association.props, "outputLocation") and not present(
        association.props, "outputLocation", "s3BucketName"
    ):
        yield Finding(
            observed="keeps no output", expected="the logs bucket", argument="output_location.s3_bucket_name"
        )


def _pinned(association: Resource) -> Iterator[Finding]:
    if unknown(association.props, "documentVersion"):
        return  # an output is a number, and never one of the moving words
    version = text(association.props, "documentVersion")
    if version.lower() == DEFAULT and _of_aws(association):
        return  # State Manager runs it so whatever is asked for
    if version.lower() in MOVING:
        yield Finding(
            observed=f"follows the document's version {version or '$DEFAULT'}",
            expected="a number, such as the document's latest_version output",
            argument="document_version",
        )


def _of_aws(association: Resource) -> bool:
    return text(association.props, "name").lower().startswith(OF_AWS)


RULE = ResourceRule(
    id="ssm-association-hygiene",
    title="Complete associations",
    description=(
        "An SSM association must state severity, limits, schedule, output location and document version; "
        "documents of AWS may follow their default."
    ),
    why="Without limits one bad document stops a whole fleet at once; without output nobody learns why.",
    fix="State the arguments that the finding names.",
    severity=Severity.MEDIUM,
    topics=("ssm", "drift"),
    applies_to=types.ASSOCIATIONS,
    findings=findings,
    compliant=(
        Resource(
            type="aws:ssm/association:Association",
            name="bootstrap",
            props={
                "complianceSeverity": "HIGH",
                "maxErrors": "10%",
                "maxConcurrency": "25%",
                "scheduleExpression": "rate(30 minutes)",
                "outputLocation": {"s3BucketName": "clip-it-logs"},
                "documentVersion": "3",
            },
        ),
    ),
    violating=(
        Resource(
            type="aws:ssm/association:Association",
            name="bootstrap",
            props={"scheduleExpression": "rate(30 minutes)"},
        ),
    ),
)
