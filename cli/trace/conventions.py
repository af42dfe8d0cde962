"""Names of OpenTelemetry's semantic conventions, version 1.43 at the time of writing, all in one place.

Messaging and faas are still in development there: tests/cli/trace/test_spans.py holds every name against the
library opentelemetry-semantic-conventions.
"""

from enum import IntEnum

SCOPE = "clip-it"


class Kind(IntEnum):
    """Kinds of spans, as OTLP numbers them."""

    INTERNAL = 1
    SERVER = 2
    CLIENT = 3
    PRODUCER = 4
    CONSUMER = 5


class Status(IntEnum):
    """Statuses of spans, as OTLP numbers them."""

    UNSET = 0
    OK = 1
    ERROR = 2


SERVICE_NAME = "service.name"
DEPLOYMENT_ENVIRONMENT = "deployment.environment.name"
CLOUD_REGION = "cloud.region"
HTTP_METHOD, HTTP_ROUTE, HTTP_STATUS = "http.request.method", "http.route", "http.response.status_code"
SERVER_ADDRESS = "server.address"
ERROR_TYPE = "error.type"
MESSAGING_SYSTEM, MESSAGING_DESTINATION = "messaging.system", "messaging.destination.name"
MESSAGING_TYPE, MESSAGING_OPERATION = "messaging.operation.type", "messaging.operation.name"
MESSAGING_ID = "messaging.message.id"
FAAS_NAME, FAAS_TRIGGER = "faas.name", "faas.trigger"
S3_BUCKET, S3_KEY = "aws.s3.bucket", "aws.s3.key"
HOST_ID, HOST_TYPE, ZONE = "host.id", "host.type", "cloud.availability_zone"
EXIT_CODE = "process.exit.code"
