"""Pulumi's property names against the API's: the same words, the first letter differs."""

from collections.abc import Mapping
from typing import TypeAlias

from local.provider.types.props import Props
from local.provider.types.resource import tag_list, tag_mapping

Renamed: TypeAlias = Mapping[str, str]
NONE: Renamed = {}


def pascal(value: object, renamed: Renamed = NONE) -> object:
    """Pulumi's names to the API's at every depth: tags become a list, what is absent vanishes.

    `renamed` maps Pulumi's names to the API's where more than the first letter differs.
    """
    if isinstance(value, Mapping):
        return {
            renamed.get(key, key[:1].upper() + key[1:]): (
                tag_list(Props({"tags": inner}).mapping("tags")) if key == "tags" else pascal(inner, renamed)
            )
            for key, inner in value.items()
            if inner is not None
        }
    if isinstance(value, list):
        return [pascal(inner, renamed) for inner in value]
    return {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value


def camel(value: object, renamed: Renamed = NONE) -> object:
    """The reverse of `pascal`, with the same `renamed`."""
    back = {api: ours for ours, api in renamed.items()}
    if isinstance(value, Mapping):
        return {
            back.get(key, key[:1].lower() + key[1:]): (
                tag_mapping(Props({key: inner}).blocks(key)) if key == "Tags" else camel(inner, renamed)
            )
            for key, inner in value.items()
        }
    if isinstance(value, list):
        return [camel(inner, renamed) for inner in value]
    return value


def chosen(inputs: Props, *keys: str, renamed: Renamed = NONE) -> dict[str, object]:
    """The given ones of the properties, as parameters of an API call."""
    spelled = pascal({key: inputs.known(key) for key in keys}, renamed)
    return spelled if isinstance(spelled, dict) else {}


def seen(answer: Props, *keys: str, renamed: Renamed = NONE) -> dict[str, object]:
    """The properties as the API's answer has them, None where it has none."""
    named = {key: renamed.get(key, key[:1].upper() + key[1:]) for key in keys}
    return {key: camel(answer.get(api), renamed) for key, api in named.items()}
