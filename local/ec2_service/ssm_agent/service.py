"""Systems Manager and S3 over boto3, as the agent needs them."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import boto3

from local.ec2_service.ssm_agent.agent import Assignment, OutputLocation
from local.ec2_service.ssm_agent.reporting import Reporter
from local.emulator.client_config import CLIENT_CONFIG

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_ssm import SSMClient


@dataclass(frozen=True, kw_only=True)
class Aws:
    """The agent's way to the emulated services."""

    ssm: "SSMClient"
    s3: "S3Client"
    reporter: Reporter

    @classmethod
    def connect(cls, *, endpoint: str, region: str, instance: str) -> "Aws":
        """Clients of one instance; credentials come from its metadata as on a real one."""
        return cls(
            ssm=boto3.client("ssm", region_name=region, endpoint_url=endpoint, config=CLIENT_CONFIG),
            s3=boto3.client("s3", region_name=region, endpoint_url=endpoint, config=CLIENT_CONFIG),
            reporter=Reporter(endpoint=endpoint, region=region, instance=instance),
        )

    def ping(self) -> None:
        """Say that the agent is there."""
        self.reporter.ping()

    def report(self, association: str, *, execution: str, status: str, summary: str) -> None:
        """Say how far an association has come."""
        self.reporter.association(association, execution=execution, status=status, summary=summary)

    def assignments(self) -> list[Assignment]:
        """What is associated with this instance."""
        instance = self.reporter.instance
        answer = self.ssm.describe_effective_instance_associations(InstanceId=instance)
        return [self._assignment(each["AssociationId"]) for each in answer["Associations"]]

    def _assignment(self, identity: str) -> Assignment:
        shown = self.ssm.describe_association(AssociationId=identity)["AssociationDescription"]
        s3 = shown.get("OutputLocation", {}).get("S3Location", {})
        return Assignment(
            association=identity,
            version=shown["AssociationVersion"],
            name=shown.get("AssociationName", shown["Name"]),
            document=shown["Name"],
            arguments=shown.get("Parameters", {}),
            schedule=shown.get("ScheduleExpression", ""),
            only_at_interval=shown.get("ApplyOnlyAtCronInterval", False),
            updated_at=shown["LastUpdateAssociationDate"].timestamp(),
            output=OutputLocation(bucket=s3["OutputS3BucketName"], prefix=s3.get("OutputS3KeyPrefix", ""))
            if s3
            else None,
        )

    def keep(self, to: OutputLocation, name: str, text: str) -> None:
        """Keep what a step of this instance printed."""
        key = "/".join(part for part in (to.prefix, self.reporter.instance, name) if part)
        self.s3.put_object(Bucket=to.bucket, Key=key, Body=text.encode())

    def document(self, name: str) -> str:
        """The content of a document's default version."""
        return self.ssm.get_document(Name=name)["Content"]

    def parameter(self, name: str) -> str:
        """The value of a parameter.

        Raises:
            LookupError: There is no such parameter, or it is a secret, which documents may not read.
        """
        try:
            parameter = self.ssm.get_parameter(Name=name)["Parameter"]
        except self.ssm.exceptions.ParameterNotFound:
            raise LookupError(f"The association names the parameter {name}, which does not exist.") from None
        if parameter["Type"] == "SecureString":
            raise LookupError(
                f"The association names the secret {name}; documents take plain parameters only."
            )
        return parameter["Value"]

    def fetch(self, bucket: str, key: str, target: Path) -> None:
        """Copy an object to a file."""
        target.write_bytes(self.s3.get_object(Bucket=bucket, Key=key)["Body"].read())
