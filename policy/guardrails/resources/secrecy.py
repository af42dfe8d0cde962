"""What looks like a secret: by its name, or by its shape. Nothing here ever returns the secret."""

from __future__ import annotations

import re
from collections.abc import Iterator

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
# Words that, last in a name or next to a secret's, make it speak about the secret without holding it.
ATTRIBUTES = """
arn name path file prefix suffix url uri endpoint bucket table region id ttl expiry expiration timeout
seconds minutes hours days limit length count size version algorithm type header enabled required
rotation policy issuer audience lifetime duration interval provider backend store manager
scope scopes format field attempts stdin source process helper mode parameter reference ref
min max minimum maximum validity age refresh exchange request requests response service server host port
budget usage
"""
ABOUT_A_SECRET = frozenset(ATTRIBUTES.split())
# Names of secrets that no word of theirs betrays (Security Hub, ECS.8).
KNOWN_NAMES = frozenset({"ecs_engine_auth_data"})
# Every part of a pattern is bounded, so that a long text takes no more than its length.
KINDS = (
    ("a private key", re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY")),
    ("an AWS access key", re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b")),
    (
        "an access token",
        re.compile(
            r"\b(?:gh[pousr]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[abeoprs]-[\w-]{10,}"
            r"|npm_[A-Za-z0-9]{30,}|pypi-[\w-]{50,}|hf_[A-Za-z0-9]{30,}|dop_v1_[0-9a-f]{60,}|hvs\.[\w-]{20,}"
            r"|shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}|dckr_pat_[\w-]{20,}|dapi[0-9a-f]{32}\b)"
        ),
    ),
    (
        "an API key",
        re.compile(
            r"\b(?:[sr]k_(?:live|test)_\w{10,}|sk-(?=[A-Za-z_-]{0,60}\d)[A-Za-z0-9_-]{20,}|AIza[\w-]{30,}|whsec_\w{10,}"
            r"|SG\.[\w-]{16,}\.[\w-]{16,}|SK[0-9a-f]{32}\b|key-[0-9a-f]{32}\b|NRAK-[A-Z0-9]{20,}"
            r"|GOCSPX-[\w-]{20,})"
        ),
    ),
    ("a webhook's address", re.compile(r"\bhttps://hooks\.slack\.com/services/T\w+/B\w+/\w{16,}")),
    ("a signed token", re.compile(r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}")),
    ("an access token", re.compile(r"\b[Bb]earer\s{1,9}[\w.~+/-]{20,}")),
    ("a password", re.compile(r"\bAuthorization\W{1,4}Basic\s+[A-Za-z0-9+/]{8,}=*", re.IGNORECASE)),
    (
        "a password",
        re.compile(r"\b[\w-]{1,64}:[^\s'\"$`|]{1,200}['\"]?\s{0,9}\|\s{0,9}(?:sudo\s{1,9})?chpasswd\b"),
    ),
    (
        "a password",
        re.compile(r"\bcurl\b[^|;]{0,500}\s(?:-u|--user)[ =]?['\"]?[^\s:'\"$]{1,200}:[^\s'\"$`{<]{3}"),
    ),
    (
        "an AWS secret key",
        re.compile(
            r"\bconfigure\s{1,9}set\s{1,9}\S{0,80}aws_(?:secret_access_key|session_token)\s{1,9}['\"]?[\w+/=]{16,}"
        ),
    ),
    ("a storage key", re.compile(r"\bAccountKey=[A-Za-z0-9+/]{40,}")),
    (
        "a password in an address",
        re.compile(
            r"\b[a-z][a-z0-9+.-]{1,30}://[^\s:/@$]{0,200}:(?![$%{<*\[(])[^\s/@\"'<>{}]{2,200}@[\w.\[$%{-]",
            re.IGNORECASE,
        ),
    ),
)
ASSIGNMENT = re.compile(
    r"""(?P<name>[A-Za-z_][\w.-]{0,80})["']?\s{0,9}(?:=|:\s)\s{0,9}["']?(?P<value>[^\s"';,&]{1,200})"""
)
FLAG = re.compile(r"""--(?P<name>[a-z][a-z-]{0,80})[ =]["']?(?P<value>[^\s"';]{1,200})""")
# Beginnings of values that are fetched when the script runs, or that stand for nothing.
REFERENCES = ("$", "`", "{", "<", "%", "!", "--", "arn:", "ssm:", "/", "file:", "http", "secretsmanager:")
NOTHING = "true false none null nil yes no required optional string str text securestring noecho"
NO_VALUES = frozenset(NOTHING.split())


def words(name: str) -> list[str]:
    """The words of a name in snake_case, kebab-case, camelCase or a path, in lower case."""
    spaced = re.sub(r"([a-z0-9])([A-Z])|([A-Z])([A-Z][a-z])", r"\1\3 \2\4", name)
    return [word.lower() for word in re.split(r"[^A-Za-z0-9]+", spaced) if word]


def names_a_secret(name: str) -> bool:
    """Whether what has this name holds a secret, and not merely something about one."""
    found = words(name)
    if found[-3:] == ["access", "key", "id"] or "_".join(found) in KNOWN_NAMES:
        return True
    if not found or found[-1] in ABOUT_A_SECRET:
        return False
    return found[-1] in LAST_WORDS or any(_secret_at(found, index) for index in range(len(found)))


def names_secrets(name: str) -> bool:
    """Whether something with this name holds one secret or many: of tokens in the plural, too."""
    singular = ["token" if word == "tokens" else word for word in words(name)]
    return names_a_secret("_".join(singular))


def _secret_at(found: list[str], index: int) -> bool:
    """Whether a word, alone or with the next, is one for secrets that the word behind it does not qualify."""
    pair = tuple(found[index : index + 2])
    width = 2 if pair in SECRET_PAIRS else 1
    if width == 1 and found[index] not in SECRET_WORDS and not found[index].endswith(SECRET_ENDINGS):
        return False
    behind = found[index + width : index + width + 1]
    return not behind or behind[0] not in ABOUT_A_SECRET


def is_literal(value: str) -> bool:
    """Whether a value stands for itself, and neither for something fetched later nor for nothing."""
    return bool(value) and not value.startswith(REFERENCES) and value.lower() not in NO_VALUES


def shape_of(text: str) -> str | None:
    """The kind of secret that some part of the text has the shape of."""
    return next((kind for kind, pattern in KINDS if pattern.search(text)), None)


def secrets_in(script: str) -> Iterator[tuple[str, int]]:
    """The kind and the line of whatever looks like a secret."""
    for index, line in enumerate(script.splitlines(), start=1):
        kind = shape_of(line)
        if kind is None and _assigns_secret(line):
            kind = "a password, token or key"
        if kind:
            yield kind, index


def _assigns_secret(line: str) -> bool:
    prose = line.lstrip().startswith("#")
    return any(
        names_a_secret(found["name"])
        and is_literal(found["value"])
        and not (prose and re.fullmatch("[a-z]+", found["value"]))
        for pattern in (ASSIGNMENT, FLAG)
        for found in pattern.finditer(line)
    )
