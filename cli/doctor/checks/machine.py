"""What an instance boots from: its image, and the key of its disk."""

import json

from cli.doctor.patient import Check, Finding, NotFoundError, Patient, block, failed, passed, rows

_PARAMETER = "resolve:ssm:"
_AWS_KEY = "alias/aws/ebs"
_SCALING_ROLE = "AWSServiceRoleForAutoScaling"


def _images(patient: Patient) -> Finding:
    for name, fleet in patient.settings.fleets.items():
        try:
            problem = _problem(patient, fleet.image_id)
        except NotFoundError:
            problem = "is not there"
        if problem:
            return failed(
                f"the image {fleet.image_id} of fleet {name} {problem}",
                f"pulumi config set -s {patient.stack} --path 'clip-it:fleets.{name}.image_id' <image>",
            )
    return passed(f"the images of {len(patient.settings.fleets)} fleets are there, for x86-64")


def _problem(patient: Patient, image: str) -> str:
    if image.startswith(_PARAMETER):
        answer = patient.aws("ssm", "get_parameter", Name=image.removeprefix(_PARAMETER))
        image = str(block(answer, "Parameter").get("Value"))
    found = rows(patient.aws("ec2", "describe_images", ImageIds=[image]), "Images")
    if not found:
        return "is not there"
    if found[0].get("State") != "available":
        return f"is {found[0].get('State')}"
    if found[0].get("Architecture") != "x86_64":
        return f"is for {found[0].get('Architecture')}"
    device = found[0].get("RootDeviceName")
    return "" if device == "/dev/xvda" else f"has its root device at {device}, not at /dev/xvda"


def _disk_key(patient: Patient) -> Finding:
    """A key of one's own must let Auto Scaling use it, or instances end as they start."""
    key = str(patient.aws("ec2", "get_ebs_default_kms_key_id").get("KmsKeyId"))
    if key.endswith(_AWS_KEY):
        return passed("disks are encrypted with AWS's key")
    text = str(patient.aws("kms", "get_key_policy", KeyId=key, PolicyName="default").get("Policy"))
    if _SCALING_ROLE not in json.dumps(json.loads(text)):
        return failed(
            f"the default EBS key {key} does not let {_SCALING_ROLE} use it",
            f"aws kms put-key-policy --key-id {key} --policy-name default --policy file://<file>",
        )
    return passed(f"{_SCALING_ROLE} may use the default EBS key")


CHECKS = (Check(name="machine images", look=_images), Check(name="key of the disks", look=_disk_key))
