"""The life of a resource of any type: check, diff, create, read, update, delete, on plain Python values."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from local.provider.comparison import changed_keys, covers
from local.provider.naming import Naming, name_failures, named
from local.provider.types import TYPES
from local.provider.types.aws import Aws, GoneError
from local.provider.types.props import NotKnownYetError, PropertyError, Props
from local.provider.types.resource import Change, CheckFailure, Existing, Outputs, ResourceType, Types
from local.provider.values import (
    UNKNOWN,
    Archive,
    Asset,
    Properties,
    Secret,
    Value,
    as_value,
    as_values,
    contains_secret,
    plain,
    walk,
)


class UnknownTypeError(Exception):
    """The program uses a resource type that the local provider has no entry for."""


@dataclass(frozen=True, kw_only=True)
class Urn:
    """Which resource the Pulumi CLI speaks of."""

    token: str
    name: str

    @classmethod
    def parse(cls, text: str) -> "Urn":
        """Take a URN apart: `urn:pulumi:stack::project::parent$type::name`."""
        _, _, types, name = text.split("::", 3)
        return cls(token=types.rsplit("$", 1)[-1], name=name)


@dataclass(frozen=True, kw_only=True)
class Checked:
    """Inputs with everything filled in, and every reason to refuse them."""

    inputs: Properties
    failures: list[CheckFailure]


@dataclass(frozen=True, kw_only=True)
class Difference:
    """What an update would change, and whether the resource must be replaced for it."""

    keys: frozenset[str]
    replaces: frozenset[str]
    delete_first: bool


@dataclass(frozen=True, kw_only=True)
class Found:
    """A resource with its outputs and inputs; the id is empty when it is gone."""

    id: str
    outputs: Properties
    inputs: Properties


@dataclass(frozen=True, kw_only=True)
class ResourceOperations:
    """What is done with every resource in one emulated AWS."""

    aws: Aws
    default_tags: Mapping[str, str] = field(default_factory=dict)
    types: Types = field(default_factory=lambda: TYPES)

    def type_of(self, urn: Urn) -> ResourceType:
        """The entry of the table; an unlisted type is an error."""
        if urn.token not in self.types:
            raise UnknownTypeError(
                f"{urn.token} ({urn.name}) is not known to the local provider; "
                "add it to the module of its service in local/provider/types"
            )
        return self.types[urn.token]

    def check(self, urn: Urn, old: Properties, new: Properties, naming: Naming) -> Checked:
        """Fill in defaults, name and default tags; judge the result."""
        kind = self.type_of(urn)
        inputs: Properties = {**as_values(kind.defaults), **{k: v for k, v in new.items() if v is not None}}
        if kind.taggable and self.default_tags:
            inputs["tags"] = _with_default_tags(self.default_tags, inputs.get("tags"))
        if kind.autoname and inputs.get(kind.autoname) is None:
            inputs[kind.autoname] = named(urn.name, kind, _props(old), _props(inputs), naming)
        given = _props(inputs)
        failures = [*_missing_files(inputs), *name_failures(kind, given), *_judged(kind, given)]
        return Checked(inputs=inputs, failures=failures)

    def diff(self, urn: Urn, old: Properties, new: Properties) -> Difference:
        """Compare the inputs of before with those of now."""
        kind = self.type_of(urn)
        before, now = _props(old), _props(new)
        keys = changed_keys(before.raw, now.raw)
        replaces = keys if kind.update is None else keys & kind.replace_on
        kept_name = kind.autoname is not None and kind.autoname not in keys
        return Difference(keys=keys, replaces=replaces, delete_first=bool(replaces) and kept_name)

    def create(self, urn: Urn, inputs: Properties, *, preview: bool) -> tuple[str, Properties]:
        """Make the resource; its id and outputs. A preview knows only what the inputs say."""
        kind, given = self.type_of(urn), _props(inputs)
        if preview:
            return "", self._outputs(kind, inputs, {})
        created = kind.create(self.aws, given)
        existing = Existing(id=created.id, state=Props({**given, **created.outputs}))
        seen = kind.read(self.aws, existing)
        if seen is None:
            raise RuntimeError(f"{urn.token} {created.id} was created but cannot be read back")
        return created.id, self._outputs(kind, inputs, {**created.outputs, **seen})

    def read(self, urn: Urn, identity: str, state: Properties, inputs: Properties) -> Found:
        """Look at the resource: what changed behind Pulumi's back shows in its outputs and inputs."""
        kind = self.type_of(urn)
        before, given = _props(state), _props(inputs)
        try:
            seen = kind.read(self.aws, Existing(id=identity, state=before))
        except GoneError:
            seen = None
        if seen is None:
            return Found(id="", outputs={}, inputs={})
        if not state:  # an import: all that is known is what was seen
            outputs = self._outputs(kind, {}, seen)
            return Found(id=identity, outputs=outputs, inputs=dict(outputs))
        drifted = {
            key for key, value in seen.items() if not covers(before.get(key), value, exact=_is_exact(key))
        }
        outputs = {**state, **{key: _kept_secret(state.get(key), seen[key]) for key in drifted}}
        moved = {
            key for key in drifted & {*inputs} if not covers(given.get(key), seen[key], exact=_is_exact(key))
        }
        corrected = {**inputs, **{key: _kept_secret(inputs[key], seen[key]) for key in moved}}
        return Found(id=identity, outputs=_with_all_tags(kind, outputs), inputs=corrected)

    def update(self, urn: Urn, before: Found, new: Properties, *, preview: bool) -> Properties:
        """Change the resource in place; its new outputs."""
        kind, now = self.type_of(urn), _props(new)
        identity, state = before.id, before.outputs
        keys = changed_keys(_props(before.inputs).raw, now.raw)
        kept: Properties = {key: value for key, value in state.items() if key not in keys or key in new}
        if preview:
            moves = not kind.changing_with or bool(keys & kind.changing_with)
            unknown: Properties = dict.fromkeys(kind.changing if moves else (), UNKNOWN)
            return {**kept, **self._outputs(kind, new, {}), **unknown}
        if kind.update is None:
            raise RuntimeError(f"{urn.token} cannot be changed in place")
        kind.update(self.aws, Existing(id=identity, state=_props(state)), Change(inputs=now, keys=keys))
        seen = kind.read(self.aws, Existing(id=identity, state=Props({**_props(state), **now})))
        if seen is None:
            raise RuntimeError(f"{urn.token} {identity} was changed but cannot be read back")
        return {**kept, **self._outputs(kind, new, seen)}

    def delete(self, urn: Urn, identity: str, state: Properties) -> None:
        """Delete the resource; one that is gone already is as good."""
        with suppress(GoneError):
            self.type_of(urn).delete(self.aws, Existing(id=identity, state=_props(state)))

    def _outputs(self, kind: ResourceType, inputs: Properties, seen: Outputs) -> Properties:
        given = _props(inputs)
        outputs: Properties = {"region": self.aws.region, **inputs}
        for key, value in seen.items():
            if key not in inputs or not covers(given.get(key), value, exact=_is_exact(key)):
                outputs[key] = _kept_secret(inputs.get(key), value)
        secrets: Properties = {key: Secret(plain(outputs[key])) for key in kind.secret & {*outputs}}
        return _with_all_tags(kind, {**outputs, **secrets})


def _props(properties: Mapping[str, Value]) -> Props:
    return Props({key: plain(value) for key, value in properties.items()})


def _is_exact(key: str) -> bool:
    return key in {"tags", "tagsAll"}


def _kept_secret(before: Value, now: object) -> Value:
    return Secret(as_value(now)) if contains_secret(before) else as_value(now)


def _with_default_tags(defaults: Mapping[str, str], tags: Value) -> Value:
    if isinstance(tags, Secret):
        return Secret(_with_default_tags(defaults, tags.value))
    return {**defaults, **tags} if isinstance(tags, dict) else tags or dict(defaults)


def _with_all_tags(kind: ResourceType, outputs: Properties) -> Properties:
    return {**outputs, "tagsAll": outputs.get("tags") or {}} if kind.taggable else outputs


def _missing_files(inputs: Properties) -> Iterator[CheckFailure]:
    for key, value in inputs.items():
        for inner in walk(value):
            if (
                isinstance(inner, Asset | Archive)
                and inner.path is not None
                and not Path(inner.path).exists()
            ):
                yield CheckFailure(property=key, reason=f"there is no file or folder {inner.path!r}")


def _judged(kind: ResourceType, inputs: Props) -> Iterator[CheckFailure]:
    for check in kind.checks:
        try:
            yield from check(inputs)
        except NotKnownYetError:
            continue  # judged again when the value is known
        except PropertyError as error:
            yield CheckFailure(property=error.key, reason=error.reason)
