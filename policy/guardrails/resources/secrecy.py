"""What looks like a secret: by its name, or by its shape. Nothing here ever returns the secret."""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from collections.abc import Iterator
from itertools import pairwise

WORDS = """
password passwd passphrase pwd secret token credential credentials
apikey privatekey secretkey accesskey authkey
"""
SECRET_WORDS = frozenset(WORDS.split())
# Endings that make a secret of a word run together, such as pgpassword.
SECRET_ENDINGS = ("password", "passwords", "passwd", "passphrase", "secret", "secrets", "token")
# Words that make a secret only as the last one.
LAST_WORDS = frozenset({"pass", "pw", "pat"})
# Words that make a secret only together.
KEYS = "api private secret access auth signing encryption master license ssh session jwt hmac webhook shared"
SECRET_PAIRS = frozenset((first, last) for first in KEYS.split() for last in ("key", "keys")) | {
    ("connection", "string")
}
# Last words that make a name speak about a secret without holding it.
ATTRIBUTES = """
arn name path file prefix suffix url uri endpoint bucket table region id ttl expiry expiration timeout
seconds minutes hours days limit length count size version algorithm type header enabled required
rotation policy issuer audience lifetime duration interval provider backend store manager
scope scopes format field attempts stdin source process helper mode parameter reference ref
"""
ABOUT_A_SECRET = frozenset(ATTRIBUTES.split())
KINDS = (
    ("a private key", re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY")),
    ("an AWS access key", re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b")),
    (
        "an access token",
        re.compile(r"\b(?:gh[pousr]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[abprs]-[\w-]{10,})"),
    ),
    ("an API key", re.compile(r"\b(?:sk_live_\w{10,}|sk-[A-Za-z0-9_-]{20,}|AIza[\w-]{30,}|whsec_\w{10,})")),
    ("an access token", re.compile(r"\b[Bb]earer\s+[\w.~+/-]{20,}")),
    ("a password", re.compile(r"\b[\w-]+:[^\s'\"$`|]+['\"]?\s*\|\s*(?:sudo\s+)?chpasswd\b")),
    ("a password", re.compile(r"\bcurl\b[^|;]*\s(?:-u|--user)[ =]?['\"]?[^\s:'\"$]+:[^\s'\"$`{<]{3,}")),
    (
        "an AWS secret key",
        re.compile(r"\bconfigure\s+set\s+\S*aws_(?:secret_access_key|session_token)\s+['\"]?[\w+/=]{16,}"),
    ),
    ("a password in an address", re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s:/@$]+:[^\s:/@${<][^\s:/@]*@")),
)
ASSIGNMENT = re.compile(r"""(?P<name>[A-Za-z_][\w.-]*)["']?\s*(?:=|:\s)\s*["']?(?P<value>[^\s"';,]+)""")
FLAG = re.compile(r"""--(?P<name>[a-z][a-z-]*)[ =]["']?(?P<value>[^\s"';]+)""")
# Beginnings of values that are fetched when the script runs, or that stand for nothing.
REFERENCES = ("$", "`", "{", "<", "%", "arn:", "ssm:", "/", "file:", "http")
NO_VALUES = frozenset({"true", "false", "none", "null", "yes", "no", "required", "optional"})
# A run of base64, on one line or folded over several; shorter words are no base64.
PACKED = re.compile(r"[A-Za-z0-9+/]{40,}(?:\r?\n[ \t]*[A-Za-z0-9+/]{4,}(?=[=\s]|\Z))*={0,2}")
# How deep it may lie: a file in base64 in a part in base64 of user data.
LAYERS = 2
LARGEST, LARGEST_INSIDE = 1_000_000, 65_536
GZIP = b"\x1f\x8b"


def words(name: str) -> list[str]:
    """The words of a name in snake_case, kebab-case, camelCase or a path, in lower case."""
    spaced = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", name)
    return [word.lower() for word in re.split(r"[^A-Za-z0-9]+", spaced) if word]


def holds_secret_word(name: str) -> bool:
    """Whether any word of the name is one for secrets."""
    found = words(name)
    singular = [word[:-1] if word.endswith("s") and word[:-1] in SECRET_WORDS else word for word in found]
    return _secret_words(singular)


def _secret_words(found: list[str]) -> bool:
    if SECRET_WORDS & set(found) or any(word.endswith(SECRET_ENDINGS) for word in found):
        return True
    return any(pair in SECRET_PAIRS for pair in pairwise(found))


def names_a_secret(name: str) -> bool:
    """Whether a variable of this name holds a secret, and not merely something about one."""
    found = words(name)
    if found[-3:] == ["access", "key", "id"]:
        return True
    if not found or found[-1] in ABOUT_A_SECRET:
        return False
    return found[-1] in LAST_WORDS or _secret_words(found)


def decoded(user_data: str) -> str:
    """User data as the instance reads it: out of base64 and gzip where it is in them, line by line.

    Parts of a MIME message, and files that cloud-init writes, are base64 within the base64, some in gzip.
    """
    raw = _out_of_base64(user_data)
    if raw is None:
        return user_data
    script = _unpacked(raw, LARGEST).decode("utf-8", errors="replace")
    for _ in range(LAYERS):
        script = PACKED.sub(lambda run: _inside(run[0]), script)[:LARGEST]
    return script


def _out_of_base64(packed: str) -> bytes | None:
    try:
        return base64.b64decode("".join(packed.split()), validate=True)
    except (ValueError, binascii.Error):
        return None


def _unpacked(raw: bytes, largest: int) -> bytes:
    if not raw.startswith(GZIP):
        return raw[:largest]
    try:
        return zlib.decompressobj(wbits=31).decompress(raw, largest)
    except zlib.error:
        return b""


def _inside(packed: str) -> str:
    """The text within a run of base64, on as many lines as the run; the run where it holds none."""
    first = packed.split(maxsplit=1)[0]
    # A run that is none as a whole may be one line of base64 before lines of words.
    for candidate in (packed, first):
        raw = _unpacked(_out_of_base64(candidate) or b"", LARGEST_INSIDE)
        try:
            inside = " ; ".join(raw.decode("utf-8").splitlines())
        except UnicodeDecodeError:
            continue
        if inside:
            kept = "\n" * packed.count("\n") if candidate is packed else packed.removeprefix(first)
            return f"{inside}{kept}"
    return packed


def secrets_in(script: str) -> Iterator[tuple[str, int]]:
    """The kind and the line of whatever looks like a secret."""
    for index, line in enumerate(script.splitlines(), start=1):
        kind = next((kind for kind, pattern in KINDS if pattern.search(line)), None)
        if kind is None and _assigns_secret(line):
            kind = "a password, token or key"
        if kind:
            yield kind, index


def _assigns_secret(line: str) -> bool:
    prose = line.lstrip().startswith("#")
    return any(
        names_a_secret(found["name"])
        and _is_literal(found["value"])
        and not (prose and re.fullmatch("[a-z]+", found["value"]))
        for pattern in (ASSIGNMENT, FLAG)
        for found in pattern.finditer(line)
    )


def _is_literal(value: str) -> bool:
    return not value.startswith(REFERENCES) and value.lower() not in NO_VALUES
