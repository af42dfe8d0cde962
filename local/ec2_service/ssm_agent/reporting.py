"""What an agent tells Systems Manager, over the agents' own actions, which no public SDK offers."""

import json
import platform
import urllib.request
from dataclasses import dataclass

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

AGENT_VERSION = "3.3.0.0"
_TIMEOUT_S = 10


@dataclass(frozen=True, kw_only=True)
class Reporter:
    """One instance's line to the service."""

    endpoint: str
    region: str
    instance: str

    def ping(self) -> None:
        """Register, or say that the agent is still there."""
        self._call(
            "UpdateInstanceInformation",
            {
                "InstanceId": self.instance,
                "AgentVersion": AGENT_VERSION,
                "PlatformName": f"{platform.system()} (local)",
                "ComputerName": f"{self.instance}.local",
            },
        )

    def association(self, association: str, *, execution: str, status: str, summary: str) -> None:
        """Say how far an association has come."""
        self._call(
            "UpdateInstanceAssociationStatus",
            {
                "AssociationId": association,
                "InstanceId": self.instance,
                "ExecutionId": execution,
                "Status": status,
                "ExecutionSummary": summary,
                "ErrorCode": "" if status != "Failed" else "Failed",
            },
        )

    def _call(self, action: str, body: dict[str, str]) -> None:
        headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": f"AmazonSSM.{action}"}
        text = json.dumps(body)
        signed = AWSRequest("POST", f"{self.endpoint}/", headers=headers, data=text)
        SigV4Auth(Credentials("agent", "agent"), "ssm", self.region).add_auth(signed)
        call = urllib.request.Request(  # noqa: S310 - the endpoint is the emulator's
            f"{self.endpoint}/", data=text.encode(), headers=dict(signed.headers.items()), method="POST"
        )
        with urllib.request.urlopen(call, timeout=_TIMEOUT_S) as answer:  # noqa: S310
            answer.read()
