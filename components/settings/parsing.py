"""Turns the plain objects of a stack file into frozen dataclasses and collects everything that is wrong."""

import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Annotated, ClassVar, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from components.settings.constraints import Between, Constraint

Section = TypeVar("Section", bound="Checked")
UNIONS = (types.UnionType, Union)


class SettingsError(ValueError):
    """Everything that is wrong with the settings, one line a problem."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__(
            "The settings are not usable:\n" + "\n".join(f"  - {problem}" for problem in problems)
        )


@dataclass(frozen=True)
class Means:
    """What a setting means, for the settings table and for error texts."""

    text: str
    readers: str


@dataclass(frozen=True)
class Field:
    """One setting as its dataclass declares it."""

    name: str
    kind: object
    optional: bool
    constraint: Constraint | None
    means: Means | None


class Checked:
    """A dataclass of settings that refuses values out of range, however it is built."""

    sections: ClassVar[dict[str, type]] = {}

    def __post_init__(self) -> None:
        problems = [*_out_of_range(self), *self.conflicts()]
        if problems:
            raise SettingsError(problems)

    def conflicts(self) -> Iterator[str]:
        """What is wrong between settings, each as `<key>: <given>; <allowed>`."""
        yield from ()


def declared(section: type) -> tuple[Field, ...]:
    """The settings of a section in the order in which the dataclass declares them."""
    hints = get_type_hints(section, include_extras=True)
    return tuple(_field(name.name, hints[name.name]) for name in fields(section))


def read(section: type[Section], given: object, path: str, problems: list[str]) -> Section | None:
    """Build a section from a mapping; what is wrong goes to `problems` with its path and nothing is built."""
    if not isinstance(given, Mapping):
        problems.append(f"{path}: {_shown(given)} given; an object with keys is allowed.")
        return None
    before = len(problems)
    known = declared(section)
    names = [field.name for field in known]
    problems.extend(
        f"{_join(path, key)}: no such setting; allowed here: {', '.join(names)}."
        for key in given
        if key not in names
    )
    values: dict[str, object] = {}
    for field in known:
        where = _join(path, field.name)
        if field.name not in given:
            problems.append(f"{where}: missing; {allowed(field)} is needed.")
            continue
        values[field.name] = _value(field, given[field.name], where, problems)
    if len(problems) > before:
        return None
    try:
        return cast("Callable[..., Section]", section)(**values)
    except SettingsError as error:
        problems.extend(_join(path, problem) for problem in error.problems)
        return None


def allowed(field: Field) -> str:
    """What a setting accepts, in words."""
    words = _kind_in_words(field.kind)
    if field.constraint is not None:
        words = (
            f"{words} {field.constraint}" if isinstance(field.constraint, Between) else str(field.constraint)
        )
    if get_origin(field.kind) is tuple and field.constraint is not None:
        words = f"list of: {field.constraint}"
    return f"{words}, or null" if field.optional else words


def _field(name: str, hint: object) -> Field:
    constraint: Constraint | None = None
    means: Means | None = None
    if get_origin(hint) is Annotated:
        hint, *notes = get_args(hint)
        for note in notes:
            if isinstance(note, Means):
                means = note
            elif isinstance(note, Constraint):
                constraint = note
    optional = get_origin(hint) in UNIONS and type(None) in get_args(hint)
    if optional:
        hint = next(part for part in get_args(hint) if part is not type(None))
    return Field(name, hint, optional, constraint, means)


def _value(field: Field, given: object, path: str, problems: list[str]) -> object:
    if given is None and field.optional:
        return None
    kind, origin = field.kind, get_origin(field.kind)
    if isinstance(kind, type) and issubclass(kind, Checked):
        return read(kind, given, path, problems)
    if origin is Mapping or origin is dict:
        return _mapping(get_args(kind)[1], given, path, problems)
    if origin is tuple and isinstance(given, list | tuple):
        given = tuple(given)
    if _is_of(kind, given) and (field.constraint is None or not _refused(field.constraint, given)):
        return given
    problems.append(f"{path}: {_shown(given)} given; {allowed(field)} is allowed.")
    return None


def _mapping(
    section: type[Checked], given: object, path: str, problems: list[str]
) -> dict[str, Checked | None]:
    if not isinstance(given, Mapping) or not given:
        problems.append(f"{path}: {_shown(given)} given; an object with at least one name is allowed.")
        return {}
    return {
        str(name): read(section, value, _join(path, str(name)), problems) for name, value in given.items()
    }


def _is_of(kind: object, given: object) -> bool:
    if get_origin(kind) in UNIONS:
        return any(_is_of(part, given) for part in get_args(kind))
    if get_origin(kind) is Literal:
        return given in get_args(kind)
    if get_origin(kind) is tuple:
        return isinstance(given, tuple) and all(_is_of(get_args(kind)[0], item) for item in given)
    if kind is bool or isinstance(given, bool):
        return kind is bool and isinstance(given, bool)
    if kind is float:
        return isinstance(given, int | float)
    return isinstance(kind, type) and isinstance(given, kind)


def _refused(constraint: Constraint, given: object) -> bool:
    if isinstance(given, tuple):
        return not given or any(constraint.refuses(item) for item in given)
    return constraint.refuses(given)


def _out_of_range(section: Checked) -> Iterator[str]:
    for field in declared(type(section)):
        given = getattr(section, field.name)
        if given is not None and field.constraint is not None and _refused(field.constraint, given):
            yield f"{field.name}: {_shown(given)} given; {allowed(field)} is allowed."
        elif isinstance(given, tuple) and len(set(given)) < len(given):
            yield f"{field.name}: {_shown(given)} given; each entry once is allowed."


def _kind_in_words(kind: object) -> str:
    if get_origin(kind) in UNIONS:
        return " or ".join(_kind_in_words(part) for part in get_args(kind))
    if get_origin(kind) is Literal:
        names = [str(value) for value in get_args(kind)]
        return names[0] if len(names) == 1 else "one of " + ", ".join(names)
    if get_origin(kind) is tuple:
        return "a list of text"
    if get_origin(kind) in {Mapping, dict} or (isinstance(kind, type) and issubclass(kind, Checked)):
        return "an object"
    return {bool: "true or false", int: "a whole number", float: "a number", str: "text"}.get(
        cast("type", kind), "?"
    )


def _shown(given: object) -> str:
    return "nothing" if given is None else repr(list(given) if isinstance(given, tuple) else given)


def _join(path: str, key: object) -> str:
    return f"{path}.{key}" if path and not path.endswith(":") else f"{path}{key}"
