"""Which URLs may receive webhooks: a check of the URL alone, before any name is resolved."""

import ipaddress
from enum import StrEnum
from urllib.parse import urlsplit

MAX_LENGTH = 2000
_PRIVATE_NAMES = ("localhost", ".localhost", ".local", ".internal", ".home.arpa", ".test", ".invalid")

_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
"""The range that IANA has assigned; site-local and IPv4-compatible addresses lie outside."""
_NOT_PUBLIC = tuple(map(ipaddress.IPv6Network, ("2001::/23", "2002::/16", "3fff::/20")))
"""Of that range: protocols of the IETF, Teredo among them, 6to4, and documentation (RFC 9637)."""
_PROTOCOLS = ipaddress.IPv4Network("192.0.0.0/24")
"""Of the IETF as well; which of these are global depends on the version of Python."""


class WebhookTargets(StrEnum):
    """`public`: https to hosts on the internet; `any`: also http and private hosts, for the local stack."""

    PUBLIC = "public"
    ANY = "any"


def complaint(url: str, targets: WebhookTargets) -> str | None:
    """What is wrong with the URL; None when it may be used.

    A public name can still resolve to a private address: the sender must check the resolved address.
    """
    if len(url) > MAX_LENGTH or not url.isascii() or not url.isprintable() or " " in url:
        return f"must be at most {MAX_LENGTH} printable ASCII characters without spaces"
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return "is not a URL"
    schemes = ("https",) if targets is WebhookTargets.PUBLIC else ("https", "http")
    if parts.scheme not in schemes or not host:
        return f"must begin with {' or '.join(f'{scheme}://' for scheme in schemes)} and name a host"
    if parts.username is not None or parts.password is not None:
        return "must not carry a user name or password"
    if targets is WebhookTargets.PUBLIC and not _public(host.rstrip(".")):
        return "must name a host on the public internet"
    return None


def is_public_address(address: str) -> bool:
    """An address of the public internet: not private, loopback, link-local, multicast or reserved.

    Nor one that leads to an IPv4 address inside it, which may be any of these.
    """
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return is_public_address(str(parsed.ipv4_mapped))
        if parsed not in _GLOBAL_UNICAST or any(parsed in network for network in _NOT_PUBLIC):
            return False
    elif parsed in _PROTOCOLS:
        return False
    return parsed.is_global and not parsed.is_multicast


def _public(host: str) -> bool:
    last = host.rsplit(".", 1)[-1]
    if ":" in host or last.isdigit() or last.startswith("0x"):
        return is_public_address(host)
    return "." in host and not f".{host}".endswith(_PRIVATE_NAMES)
