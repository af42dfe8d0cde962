"""Whether a text that a user gave can be the address of a service."""

from urllib.parse import urlsplit

_LONGEST = 2000


def is_address(text: str) -> bool:
    """Whether this is an http or https URL with a host that can be looked up and a port that there is."""
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
        host.encode("idna")
    except ValueError:
        return False
    fits = len(text) <= _LONGEST and text.isprintable() and " " not in text
    return fits and parts.scheme in {"http", "https"} and bool(host) and port != 0
