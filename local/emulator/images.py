"""Machine images by public parameter: moto's own, or a stand-in; launches look them up."""

from datetime import UTC, datetime
from typing import Any

from moto.autoscaling.models import FakeAutoScalingGroup
from moto.ssm.models import Parameter, ParameterDict, ssm_backends

STAND_IN = "ami-0c11b0ca1d0ca1000"
_RESOLVE = "resolve:ssm:"

_load = ParameterDict._check_loading_status
_plain_image_id = FakeAutoScalingGroup.image_id


def _load_with_stand_ins(parameters: Any, key: str) -> None:
    _load(parameters, key)
    name = str(key or "")
    if not name.startswith("/aws/service/") or "/ami" not in name or dict.__contains__(parameters, name):
        return
    image = Parameter(
        account_id=parameters.account_id,
        name=name,
        value=STAND_IN,
        parameter_type="String",
        description=None,
        allowed_pattern=None,
        keyid=None,
        last_modified_date=datetime.now(UTC),
        version=1,
        data_type="aws:ec2:image",
    )
    dict.__setitem__(parameters, name, [image])


def _image_id(group: Any) -> str:
    image: str = _plain_image_id.fget(group)
    if not image or not image.startswith(_RESOLVE):
        return image
    name = image.removeprefix(_RESOLVE)
    parameter = ssm_backends[group.account_id][group.region].get_parameter(name)
    if parameter is None:
        raise LookupError(f"The launch template names the image parameter {name}, which does not exist.")
    return str(parameter.value)


def install() -> None:
    """Register the stand-ins and the look-up."""
    ParameterDict._check_loading_status = _load_with_stand_ins
    FakeAutoScalingGroup.image_id = property(_image_id)
