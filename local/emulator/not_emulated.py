"""What the local stack does without: a question about it gets an error that says so, no false "not found".

`clipit doctor` then reports that it could not look, as it does where a role of AWS does not let it.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

from moto.acm.responses import AWSCertificateManagerResponse
from moto.core.exceptions import JsonRESTError, ServiceException
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.responses import EC2Response
from moto.ecr.responses import ECRResponse
from moto.elbv2 import models as balancers
from moto.iam.responses import IamResponse
from moto.servicequotas.responses import ServiceQuotasResponse

from local.emulator.registering import Request, Result, answer, failure

Method: TypeAlias = Callable[[Request], Any]

CODE = "NotEmulated"
_NOT_FOUND = (EC2ClientError, JsonRESTError, ServiceException)
_SERVICE_ROLE = "AWSServiceRoleFor"

_describe_certificate: Method = AWSCertificateManagerResponse.describe_certificate
_describe_container_images: Method = ECRResponse.describe_images
_describe_machine_images: Method = EC2Response.describe_images
_get_role: Method = IamResponse.get_role
_get_quota: Method = ServiceQuotasResponse.get_service_quota


def _unless_there(plain: Method, what: str) -> Method:
    """The action; what it does not find, the local stack has none of."""

    def ask(request: Request) -> Any:
        try:
            return plain(request)
        except _NOT_FOUND:
            raise _absent(what) from None

    return ask


def _role(request: Request) -> Any:
    """Another role than AWS's own may be missing."""
    if str(request._get_param("RoleName")).startswith(_SERVICE_ROLE):
        return _unless_there(_get_role, "service-linked roles; no service of AWS acts in it")(request)
    return _get_role(request)


def _default_disk_key(_request: Request) -> Result:
    raise _absent("key for disks; its instances are processes")


def _absent(what: str) -> Exception:
    return failure(CODE, f"the local stack has no {what}")


def _certificate_exists(_backend: Any, certificate_arn: str) -> bool:
    """No certificate could be validated here, so a listener may name any."""
    return certificate_arn.startswith("arn:aws:acm:")


def _mark_nothing(**_use: str) -> None:
    """A new listener marks its certificate as used; there is none to mark."""


def install() -> None:
    """Register these answers."""
    balancers.ELBv2Backend._certificate_exists = _certificate_exists
    balancers.register_certificate = _mark_nothing
    AWSCertificateManagerResponse.describe_certificate = _unless_there(
        _describe_certificate, "certificates; its balancer needs none"
    )
    ECRResponse.describe_images = _unless_there(
        _describe_container_images, "container images; its tasks run this checkout"
    )
    EC2Response.describe_images = _unless_there(
        _describe_machine_images, "machine images; its instances are processes"
    )
    IamResponse.get_role = _role
    ServiceQuotasResponse.get_service_quota = _unless_there(_get_quota, "quotas of this service")
    answer(EC2Response, get_ebs_default_kms_key_id=_default_disk_key)
