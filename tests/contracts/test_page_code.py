"""The Python of the pages imports what there is, and no two examples share an idempotency key."""

import ast
import importlib
import re
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.contracts.command_blocks import PAGES, ROOT

FENCED = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)
WRITTEN = re.compile(r"^cat > [\w-]+\.py <<'END'\n(.*?)^END$", re.DOTALL | re.MULTILINE)
KEYS = re.compile(r"""(?:Idempotency-Key: |idempotency_key=f?["'])([^"'$]*)""")
FIRST_PARTY = ("clipit_client", "policy", "handlers", "components", "render_engine", "local")


def blocks() -> Iterator[tuple[str, str]]:
    """The name of each page with Python, and each of its blocks."""
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for found in (*FENCED.finditer(text), *WRITTEN.finditer(text)):
            yield str(page.relative_to(ROOT)), found[1]


def missing(code: str) -> list[str]:
    """What a block imports of this repository and does not exist."""
    return [
        f"{node.module}.{one.name}"
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith(FIRST_PARTY)
        for one in node.names
        if not hasattr(importlib.import_module(node.module), one.name)
    ]


def test_the_python_of_a_page_imports_what_there_is() -> None:
    found = [(page, name) for page, code in blocks() for name in missing(code)]
    assert found == []


def test_the_pages_for_customers_have_python() -> None:
    pages = {page for page, code in blocks() if "clipit_client" in code}
    assert pages == {"clients/python/README.md", "docs/how-to/receive-your-first-webhook.md"}


@pytest.mark.parametrize("code", ["from clipit_client import Nothing", "from clipit_client.errors import No"])
def test_an_import_of_nothing_is_found(code: str) -> None:
    assert missing(code)


def test_an_idempotency_key_stands_in_one_example_alone() -> None:
    """A reader of two pages would get the first one's render, or 409."""
    keys = [
        found[1].strip()
        for page in PAGES
        for found in KEYS.finditer(page.read_text(encoding="utf-8"))
        if found[1].strip()
    ]
    assert keys
    assert [key for key, times in Counter(keys).items() if times > 1] == []
