"""The one reader of text that is deployed: where in it lies what looks like a secret, never the secret."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from guardrails.resources.documents import parsed
from guardrails.resources.packed import decoded
from guardrails.resources.secrecy.literals import is_literal
from guardrails.resources.secrecy.names import names_a_secret
from guardrails.resources.secrecy.scripts import secrets_in
from guardrails.resources.secrecy.shapes import is_login
from guardrails.resources.values import Block, Value, at, each, text, unknown

# The spellings of a variable in a list: of ECS, CodeBuild and Elastic Beanstalk, and of maintenance tasks.
NAMED = ("name", "key")
# What a parameter that is named like a secret says that it is without anybody's doing.
STATED = ("default", "Default", "value", "Value", "defaultValue", "DefaultValue")
# Kinds of CodeBuild variables whose value is the name of the place where the secret is kept.
KEPT_ELSEWHERE = frozenset({"PARAMETER_STORE", "SECRETS_MANAGER"})
A_SECRET = "a password, token or key"  # noqa: S105 - the words for one


@dataclass(frozen=True, kw_only=True)
class Leak:
    """One place that holds what looks like a secret."""

    kind: str
    place: str


def leaks(value: Value, place: str = "") -> Iterator[Leak]:
    """Each place within a value, down into JSON in texts, that holds what looks like a secret.

    Raises, after all others had their say, for what is unknown as a whole and for an unknown value under the
    name of a secret. Another unknown value is the output of another resource.
    """
    if isinstance(value, dict):
        yield from _in_block(value, place)
    elif isinstance(value, list):
        yield from _in_list(value, place)
    elif isinstance(value, str):
        yield from _in_string(value, place)
    else:
        at(value)


def _in_string(value: str, place: str) -> Iterator[Leak]:
    """Of a string as it is, and of what is packed in it: a key may look like base64."""
    seen: set[Leak] = set()
    forms = dict.fromkeys((value, decoded(value)))
    for leak in each(forms, lambda form: _in_form(form, place)):
        if leak not in seen:
            seen.add(leak)
            yield leak
    if not seen and is_login(value):
        yield Leak(kind="a password", place=place)


def _in_form(form: str, place: str) -> Iterator[Leak]:
    inside = parsed(form) if form.lstrip()[:1] in {"{", "["} else None
    yield from leaks(inside, place) if isinstance(inside, dict | list) else _in_text(form, place)


def _in_text(script: str, place: str) -> Iterator[Leak]:
    several = len(script.splitlines()) > 1
    for kind, line in secrets_in(script):
        yield Leak(kind=kind, place=f"{place}, line {line}" if several else place)


def _in_block(block: Block, place: str) -> Iterator[Leak]:
    named = next((key for key in NAMED if isinstance(block.get(key), str) and "value" in block), None)
    if named:
        if unknown(block, "type") or text(block, "type") not in KEPT_ELSEWHERE:
            yield from _variable(text(block, named), block["value"], place)
        return
    yield from each(block, lambda key: _variable(key, block[key], place))


def _variable(name: str, value: Value, holder: str) -> Iterator[Leak]:
    """A value under a name: the name may make a secret of it, and so may its own shape."""
    place = f"{holder}.{name}" if holder else name
    secret = names_a_secret(name)
    if isinstance(value, dict | list):
        yield from leaks(value, place)
        if secret and isinstance(value, dict):
            stated = [value[key] for key in STATED if isinstance(value.get(key), str)]
            yield from (Leak(kind=A_SECRET, place=place) for it in stated if is_literal(text(it)))
    elif secret and is_literal(text(value)):
        yield Leak(kind=A_SECRET, place=place)
    elif not unknown(value):
        yield from leaks(value, place)


def _in_list(values: list[Value], place: str) -> Iterator[Leak]:
    # The words of a command belong together: a flag, and then its value.
    line = " ".join(value for value in values if isinstance(value, str))
    yield from _in_string(line, place)
    holders = [(index, value) for index, value in enumerate(values) if isinstance(value, dict | list)]
    yield from each(holders, lambda it: leaks(it[1], f"{place}[{it[0]}]"))
