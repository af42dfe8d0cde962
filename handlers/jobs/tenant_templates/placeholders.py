"""Checks the placeholders in a tenant's template: each has a known form and names a field that there is."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from handlers.jobs.json_schema.values import Finding, Json, pointer, shown


def placeholder_findings(composition: Json, fields: Mapping[str, Json]) -> Iterator[Finding]:
    """What is wrong with the placeholders of a composition; `fields` is the checked schema of its fields."""
    return _findings(composition, "/composition", _Scope.of(fields))


@dataclass(frozen=True, kw_only=True)
class _Scope:
    """The fields that a placeholder may name, and whether it stands in an `$each`."""

    fields: Mapping[str, Json]
    in_each: bool = False

    @classmethod
    def of(cls, schema: Mapping[str, Json]) -> "_Scope":
        properties = schema.get("properties")
        return cls(fields=properties if isinstance(properties, dict) else {})

    def of_each(self, name: str) -> "_Scope | None":
        """The scope for one entry of a field; None when the field is no array of objects."""
        array = self.fields.get(name)
        items = array.get("items") if isinstance(array, dict) else None
        properties = items.get("properties") if isinstance(items, dict) else None
        if self.in_each or not isinstance(properties, dict):
            return None
        entries = {f"each.{inner}": schema for inner, schema in properties.items()}
        return _Scope(fields={**self.fields, **entries}, in_each=True)


_FORMS: Final[Mapping[str, tuple[Collection[str], Collection[str]]]] = {
    "$field": ({"$field"}, ()),
    "$when": ({"$when", "then"}, ()),
    "$each": ({"$each", "do"}, {"but_first"}),
}
"""A placeholder by its first name: the members that it has, and that it may have."""


def _findings(part: Json, at: str, scope: _Scope, *, place: str = "root") -> Iterator[Finding]:
    """What is wrong with placeholders; `place` is where the part stands: root, value or entry."""
    if isinstance(part, list):
        for index, inner in enumerate(part):
            yield from _findings(inner, pointer(at, index), scope, place="entry")
        return
    if not isinstance(part, dict):
        return
    kind = next((name for name in part if name.startswith("$")), None)
    if kind is None:
        for name, inner in part.items():
            yield from _findings(inner, pointer(at, name), scope, place="value")
        return
    wrong = _form_finding(part, kind, place, scope)
    if wrong:
        yield Finding(pointer=at, detail=wrong)
    elif kind == "$when":
        yield from _findings(part["then"], pointer(at, "then"), scope, place=place)
    elif kind == "$each" and (inside := scope.of_each(str(part[kind]))):
        for name in ("do", "but_first"):
            yield from _findings(part.get(name), pointer(at, name), inside)


def _form_finding(part: Mapping[str, Json], kind: str, place: str, scope: _Scope) -> str | None:
    if kind not in _FORMS:
        return f"has the placeholder {shown(kind)}; there are: {', '.join(_FORMS)}"
    has, may = _FORMS[kind]
    parts = [part.get(name, {}) for name in ("do", "but_first")]
    if not set(has) <= part.keys() <= {*has, *may} or not all(isinstance(one, dict) for one in parts):
        return f"must have {' and '.join(sorted(has))}, objects as do and but_first, and nothing else"
    if place == "root" or (kind == "$each" and place != "entry"):
        return f"{kind} cannot stand here" + ("; it must be an entry of an array" if kind == "$each" else "")
    name = part[kind]
    if not isinstance(name, str) or name not in scope.fields:
        return f"names the field {shown(name)}; there are: {', '.join(scope.fields) or 'none'}"
    if kind == "$each" and scope.of_each(name) is None:
        return f"{shown(name)} is no array of objects, or another $each is around this one"
    return None
