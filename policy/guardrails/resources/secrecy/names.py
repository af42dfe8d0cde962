"""Names that say that what they name is a secret."""

from __future__ import annotations

import re

WORDS = """
password passwd passphrase passcode pwd pswd secret token credential credentials creds
apikey privatekey secretkey accesskey authkey storepass keypass mnemonic
"""
SECRET_WORDS = frozenset(WORDS.split())
# Endings that make a secret of a word run together, such as pgpassword.
SECRET_ENDINGS = ("password", "passwords", "passwd", "passphrase", "secret", "secrets", "token")
# Words that make a secret only as the last one.
LAST_WORDS = frozenset({"pass", "pw", "pat"})
# Words that make a secret only together.
KEYS = """
api private secret access auth signing encryption master license ssh session jwt hmac webhook shared
app deploy fernet integration subscription
"""
SECRET_PAIRS = frozenset((first, last) for first in KEYS.split() for last in ("key", "keys")) | {
    ("connection", "string"),
    ("basic", "auth"),
    ("seed", "phrase"),
}
# Words that, last in a name or next to a secret's, make it speak about the secret without holding it.
ATTRIBUTES = """
arn name path file prefix suffix url uri endpoint bucket table region id ttl expiry expiration timeout
seconds minutes hours days limit length count size version algorithm type header enabled required
rotation policy issuer audience lifetime duration interval provider backend store manager
scope scopes format field attempts stdin source process helper mode parameter reference ref
min max minimum maximum validity age refresh exchange request requests response service server host port
budget usage use hash digest fingerprint checksum label description cookie alias stage extension level
"""
ABOUT_A_SECRET = frozenset(ATTRIBUTES.split())
# Words that make a number of whatever is named.
COUNTING = frozenset({"max", "min", "num", "total"})
# Names of secrets that no word of theirs betrays (Security Hub, ECS.8).
KNOWN_NAMES = frozenset({"ecs_engine_auth_data"})


def words(name: str) -> list[str]:
    """The words of a name in snake_case, kebab-case, camelCase or a path, in lower case."""
    spaced = re.sub(r"([a-z0-9])([A-Z])|([A-Z])([A-Z][a-z])", r"\1\3 \2\4", name)
    return [word.lower() for word in re.split(r"[^A-Za-z0-9]+", spaced) if word]


def names_a_secret(name: str) -> bool:
    """Whether what has this name holds a secret, and not merely something about one."""
    found = words(name)
    if found[-3:] == ["access", "key", "id"] or "_".join(found) in KNOWN_NAMES:
        return True
    if not found or _qualifies(found[-1]) or COUNTING & set(found):
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
    return not behind or not _qualifies(behind[0])


def _qualifies(word: str) -> bool:
    return word in ABOUT_A_SECRET or word.removesuffix("s") in ABOUT_A_SECRET
