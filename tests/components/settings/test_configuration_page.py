"""docs/configuration.md says exactly what components/settings/stack_settings.py accepts."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import get_args, get_origin

from components.settings import Settings
from components.settings.parsing import Checked, Field, allowed, declared

PAGE = Path(__file__).parents[3] / "docs" / "configuration.md"


def sections(section: type[Checked] = Settings, path: str = "clip-it:") -> Iterator[tuple[str, list[Field]]]:
    """Every section with its own settings, sections within sections after it."""
    fields = declared(section)
    below = [(field, inner(field)) for field in fields]
    own = [field for field, kind in below if kind is None]
    if own:
        yield path, own
    for field, kind in below:
        if kind is not None:
            name = f"{field.name}.<name>" if get_origin(field.kind) is Mapping else field.name
            yield from sections(kind, f"{path}{name}" if path.endswith(":") else f"{path}.{name}")


def inner(field: Field) -> type[Checked] | None:
    kind = get_args(field.kind)[1] if get_origin(field.kind) is Mapping else field.kind
    return kind if isinstance(kind, type) and issubclass(kind, Checked) else None


def table(fields: list[Field]) -> list[str]:
    rows = ["| Setting | Meaning | Allowed | Read by |", "| --- | --- | --- | --- |"]
    for field in fields:
        assert field.means is not None, f"{field.name} does not say what it means"
        rows.append(f"| `{field.name}` | {field.means.text} | {allowed(field)} | {field.means.readers} |")
    return rows


def expected() -> str:
    """The tables of the page."""
    parts = ["\n".join([f"### `{path}`", "", *table(fields)]) for path, fields in sections()]
    return "\n\n".join(parts) + "\n"


def test_the_page_lists_every_setting_as_the_program_reads_it() -> None:
    tables = expected()
    assert tables.count("\n| `") > 60
    assert tables in PAGE.read_text(), f"put these tables into {PAGE.name}:\n\n{tables}"


def test_every_reader_that_the_page_names_is_a_file() -> None:
    root = PAGE.parents[1]
    named = {
        reader
        for _, fields in sections()
        for field in fields
        if field.means
        for reader in field.means.readers.split(", ")
    }
    for reader in named:
        places = (root / "components" / f"{reader}.py", root / "handlers" / reader)
        assert any(place.exists() for place in places), f"nobody is called {reader}"
