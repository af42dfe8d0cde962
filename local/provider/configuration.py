"""Where the emulated AWS is; anything that is not this machine is refused."""

import ipaddress
import json
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from local.provider.values import Properties, plain


class ConfigurationError(Exception):
    """The provider cannot work with its environment or configuration; the text says what to do."""


@dataclass(frozen=True, kw_only=True)
class ProviderConfiguration:
    """One loopback endpoint, one region, tags for everything."""

    endpoint: str
    region: str
    default_tags: Mapping[str, str]


def provider_configuration(
    configuration: Properties, environment: Mapping[str, str]
) -> ProviderConfiguration:
    """The environment says where, the stack's provider configuration says region and tags."""
    endpoint = environment.get("AWS_ENDPOINT_URL", "")
    if not endpoint:
        raise ConfigurationError(
            "AWS_ENDPOINT_URL is not set. The local provider speaks only to an emulated AWS on this machine: "
            "start one with `clipit local up` (or `python -m local.emulator --port N`) and set "
            "AWS_ENDPOINT_URL to its address"
        )
    if not _is_loopback(endpoint):
        raise ConfigurationError(
            f"AWS_ENDPOINT_URL is {endpoint!r}, which is not an address of this machine "
            "(http://127.0.0.1:PORT). The local provider never speaks to a real AWS; "
            "use the official aws provider for that"
        )
    chosen = plain(configuration.get("region"))
    region = chosen if isinstance(chosen, str) else environment.get("AWS_REGION", "")
    region = region or environment.get("AWS_DEFAULT_REGION", "")
    if not region:
        raise ConfigurationError(
            "no region is set; set aws:region in the stack file or AWS_REGION in the environment"
        )
    return ProviderConfiguration(endpoint=endpoint, region=region, default_tags=_default_tags(configuration))


def _is_loopback(endpoint: str) -> bool:
    parts = urlsplit(endpoint)
    if parts.scheme not in {"http", "https"} or parts.hostname is None:
        return False
    if parts.hostname == "localhost":
        return True
    try:
        return ipaddress.ip_address(parts.hostname).is_loopback
    except ValueError:
        return False


def _default_tags(configuration: Properties) -> dict[str, str]:
    given = plain(configuration.get("defaultTags"))
    if isinstance(given, str):  # the Pulumi CLI hands nested configuration over as JSON
        given = json.loads(given)
    tags = given.get("tags") if isinstance(given, dict) else None
    return {key: str(value) for key, value in tags.items()} if isinstance(tags, dict) else {}
