"""What the local stack does without is told apart from what is missing."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.emulator.images import STAND_IN
from local.emulator.not_emulated import CODE

MANIFEST = '{"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json"}'
ARN = "arn:aws:acm:eu-central-1:123456789012:certificate/00000000-0000-4000-8000-000000000001"

pytestmark = pytest.mark.filterwarnings("ignore:Exception.Refusal. with code NotEmulated")


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "what"),
    [
        ("acm", "describe_certificate", {"CertificateArn": ARN}, "certificates"),
        ("ec2", "describe_images", {"ImageIds": [STAND_IN]}, "machine images"),
        ("ec2", "get_ebs_default_kms_key_id", {}, "key for disks"),
        ("iam", "get_role", {"RoleName": "AWSServiceRoleForECS"}, "service-linked roles"),
        ("service-quotas", "get_service_quota", {"ServiceCode": "ec2", "QuotaCode": "L-1"}, "quotas"),
    ],
)
def test_what_is_not_emulated_is_said_to_be_so(
    client: Callable[[str], Any], service: str, operation: str, parameters: dict[str, object], what: str
) -> None:
    with pytest.raises(ClientError, match=f"the local stack has no {what}") as refused:
        getattr(client(service), operation)(**parameters)
    assert refused.value.response["Error"]["Code"] == CODE


def test_a_container_image_is_not_emulated_until_it_is_pushed(
    client: Callable[[str], Any], unique: str
) -> None:
    ecr = client("ecr")
    ecr.create_repository(repositoryName=unique)
    with pytest.raises(ClientError, match="container images"):
        ecr.describe_images(repositoryName=unique, imageIds=[{"imageTag": "1"}])
    ecr.put_image(repositoryName=unique, imageManifest=MANIFEST, imageTag="1")
    assert ecr.describe_images(repositoryName=unique, imageIds=[{"imageTag": "1"}])["imageDetails"]


def test_a_role_of_the_program_may_be_missing(client: Callable[[str], Any]) -> None:
    with pytest.raises(ClientError) as refused:
        client("iam").get_role(RoleName="clip-it-none")
    assert refused.value.response["Error"]["Code"] == "NoSuchEntity"
