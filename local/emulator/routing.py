"""Which of moto's services a request is for, remembered: moto lists its own folder for every request."""

from typing import Any

from flask import Flask
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

# Names by which requests are signed; a stream's differs from its table's by the target alone.
_SIGNED_AS = (
    *("ec2", "iam", "s3", "kms", "sqs", "dynamodb", "logs", "monitoring", "ssm", "lambda", "autoscaling"),
    *("elasticloadbalancing", "ecs", "ecr", "scheduler", "sts", "application-autoscaling", "sns", "route53"),
    "events",
)
_TARGETS = {"dynamodb": ("DynamoDB_20120810.ListTables", "DynamoDBStreams_20120810.ListStreams")}


class Dispatcher(DomainDispatcherApplication):  # type: ignore[misc]
    """moto's dispatcher with a memory."""

    def __init__(self) -> None:
        super().__init__(_application)
        self._backends: dict[str | None, Any] = {}

    def get_backend_for_host(self, host: str | None) -> Any:
        """The service behind a host name."""
        if host not in self._backends:
            self._backends[host] = super().get_backend_for_host(host)
        return self._backends[host]

    def load(self, region: str) -> None:
        """Import the services ahead of their first request, while others still start up."""
        for service in _SIGNED_AS:
            for target in _TARGETS.get(service, ("",)):
                scope = f"AWS4-HMAC-SHA256 Credential=local/20260101/{region}/{service}/aws4_request"
                self.get_application(
                    {
                        "HTTP_AUTHORIZATION": scope,
                        "HTTP_HOST": "localhost",
                        "HTTP_X_AMZ_TARGET": target,
                        "PATH_INFO": "/",
                    }
                )


def _application(service: str) -> Flask:
    """One service of moto's; what it does not foresee reaches us instead of becoming a page of HTML."""
    application: Flask = create_backend_app(service)
    application.config["PROPAGATE_EXCEPTIONS"] = True
    return application
