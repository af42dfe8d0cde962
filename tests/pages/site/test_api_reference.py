import json
from pathlib import Path

from pages.site.api_reference import DOCUMENT, METHODS, read, reference

ROOT = Path(__file__).resolve().parents[3]
PAGE = read(ROOT)
COMMITTED = json.loads((ROOT / DOCUMENT).read_text())


def small(schema: dict[str, object]) -> str:
    """The reference of a document with one schema, `Thing`, that has one field, `it`."""
    return reference(
        {
            "info": {"title": "Small"},
            "paths": {},
            "components": {"schemas": {"Thing": {"properties": {"it": schema}, "required": ["it"]}}},
        }
    )


def test_every_operation_of_the_document_has_its_section() -> None:
    for path, operations in COMMITTED["paths"].items():
        for method in METHODS:
            assert (method not in operations) or f"### `{method.upper()} {path}`\n" in PAGE


def test_every_field_of_every_schema_has_its_row() -> None:
    for name, schema in COMMITTED["components"]["schemas"].items():
        section = PAGE.partition(f"\n### {name}\n")[2].partition("\n### ")[0]
        assert section, name
        for field in schema.get("properties", {}):
            assert f"| `{field}`" in section, (name, field)


def test_every_status_of_every_operation_has_its_row() -> None:
    for path, operations in COMMITTED["paths"].items():
        for method, operation in operations.items():
            section = PAGE.partition(f"\n### `{method.upper()} {path}`\n")[2].partition("\n### ")[0]
            for status in operation["responses"]:
                assert f"\n| {status} | " in section, (path, status)


def test_limits_stand_beside_the_meaning_of_a_field() -> None:
    page = small({"type": "integer", "description": "How many.", "minimum": 1, "maximum": 9})
    assert "| `it` (required) | integer | How many. (at least 1; at most 9) |" in page


def test_a_field_of_another_schema_links_to_it() -> None:
    page = small({"anyOf": [{"$ref": "#/components/schemas/Other"}, {"type": "null"}]})
    assert "| `it` (required) | [Other](#other) or null |" in page


def test_a_bar_in_a_description_does_not_end_its_cell() -> None:
    assert "| one &#124; two |" in small({"type": "string", "description": "one | two"})
