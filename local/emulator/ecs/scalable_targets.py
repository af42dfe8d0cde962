"""Tags of scalable targets: every Terraform-shaped provider reads and writes them."""

import json

from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse

from local.emulator.registering import Request, Result, answer_in_json

_tags: dict[str, dict[str, str]] = {}
_register = ApplicationAutoScalingResponse.register_scalable_target


def _register_with_tags(request: Request) -> str:
    text: str = _register(request)
    given = request._get_param("Tags")
    if given:
        _tags[json.loads(text)["ScalableTargetARN"]] = dict(given)
    return text


def _list(request: Request) -> Result:
    return {"Tags": _tags.get(request._get_param("ResourceARN"), {})}


def _tag(request: Request) -> Result:
    _tags.setdefault(request._get_param("ResourceARN"), {}).update(request._get_param("Tags"))
    return {}


def _untag(request: Request) -> Result:
    mine = _tags.get(request._get_param("ResourceARN"), {})
    for key in request._get_param("TagKeys"):
        mine.pop(key, None)
    return {}


def install() -> None:
    """Register these answers."""
    ApplicationAutoScalingResponse.register_scalable_target = _register_with_tags
    answer_in_json(
        ApplicationAutoScalingResponse,
        list_tags_for_resource=_list,
        tag_resource=_tag,
        untag_resource=_untag,
    )
