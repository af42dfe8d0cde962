"""Audiences of an OpenID Connect provider, which moto keeps as they were given at first."""

from moto.iam.responses import IamResponse

from local.emulator.registering import Request, Result, answer


def _add(request: Request) -> Result:
    audiences = _audiences(request)
    if request._get_param("ClientID") not in audiences:
        audiences.append(request._get_param("ClientID"))
    return {}


def _remove(request: Request) -> Result:
    audiences = _audiences(request)
    if request._get_param("ClientID") in audiences:
        audiences.remove(request._get_param("ClientID"))
    return {}


def _audiences(request: Request) -> list[str]:
    provider = request.backend.get_open_id_connect_provider(request._get_param("OpenIDConnectProviderArn"))
    found: list[str] = provider.client_id_list
    return found


def install() -> None:
    """Register these answers."""
    answer(
        IamResponse,
        add_client_id_to_open_id_connect_provider=_add,
        remove_client_id_from_open_id_connect_provider=_remove,
    )
