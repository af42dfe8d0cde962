"""The tree as a newcomer finds it: small rooms, no circles, tests where what they test stands."""

import ast
import subprocess
from collections import Counter
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from tests.contracts.source_tree import PACK, ROOT, files, imports, module_of

MOST_FILES = 20
# A file a rule and a file a service: what one looks for is the file's name.
CATALOGUES = {Path("policy/guardrails/rules"), Path("local/provider/types")}
TESTS = ROOT / "tests"
# Test rooms that mirror no folder; the README says what each proves.
OWN_ROOMS = ("contracts", "ci", "handlers/life", "hostile")


def circle(arrows: Mapping[str, AbstractSet[str]]) -> list[str]:
    """The modules of one import circle; empty when there is none."""
    try:
        TopologicalSorter(arrows).prepare()
    except CycleError as found:
        modules: list[str] = found.args[1]
        return modules
    return []


def test_no_module_imports_itself_through_others() -> None:
    assert circle(imports()) == []


def test_a_circle_would_be_seen() -> None:
    assert set(circle({"a": {"b"}, "b": {"c"}, "c": {"a"}})) == {"a", "b", "c"}


def test_no_folder_is_too_large_to_look_through() -> None:
    sizes = Counter(path.parent for path in files())
    assert {
        str(room): size for room, size in sizes.items() if size > MOST_FILES and room not in CATALOGUES
    } == {}


# What stands beside the rooms: what a tool looks for there, or a reader of the repository.
ROOT_FILES = {
    *(".editorconfig", ".gitignore", ".pre-commit-config.yaml", "Makefile", "pyproject.toml"),
    *("requirements.lock", "Pulumi.yaml", "Pulumi.dev.yaml", "Pulumi.local.yaml", "Pulumi.prod.yaml"),
    *("__main__.py", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "README.md", "SECURITY.md"),
}


def test_nothing_was_left_at_the_root() -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert {path for path in tracked.stdout.splitlines() if "/" not in path} == ROOT_FILES


def mirrored() -> list[Path]:
    """The test files that have to stand where what they test stands, relative to `tests/`."""
    found = [path.relative_to(TESTS) for path in sorted(TESTS.rglob("test_*.py"))]
    return [
        path
        for path in found
        if len(path.parts) > 1 and not path.as_posix().startswith(tuple(f"{room}/" for room in OWN_ROOMS))
    ]


def names_in(source: str) -> set[str]:
    """Every module, and every name within a module, that a test imports."""
    tree = ast.parse(source)
    froms = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module]
    plain = [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    return {f"{node.module}.{alias.name}" for node in froms for alias in node.names} | set(plain)


def called_by_name(source: str, folder: Path) -> bool:
    """Whether a text of the test is the name of the folder or of one of its files: a command, a rule's id."""
    names = {
        folder.name,
        *(path.stem for path in folder.iterdir()),
        *(path.name for path in folder.iterdir()),
    }
    texts = [node.value for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant)]
    return any(isinstance(text, str) and {text, text.replace("-", "_")} & names for text in texts)


def uses(test: Path, room: str) -> bool:
    """Whether a test, or the fixtures beside it, import from a room, name its folder or call it by name."""
    around = [TESTS / parent / "conftest.py" for parent in test.parents if parent != Path()]
    sources = [path.read_text(encoding="utf-8") for path in [TESTS / test, *around] if path.exists()]
    imported = [name for source in sources for name in names_in(source)]
    return (
        any(name.startswith(f"{room}.") for name in imported)
        or any(test.parent.as_posix() in source for source in sources)
        or called_by_name(sources[0], ROOT / test.parent)
    )


@pytest.mark.short_form(5)
@pytest.mark.parametrize("test", mirrored(), ids=Path.as_posix)
def test_a_test_stands_where_what_it_tests_stands(test: Path) -> None:
    assert (ROOT / test.parent).is_dir(), f"there is no folder {test.parent} that {test} could test"
    parts = test.parent.parts
    room = ".".join(parts[1:] or ("guardrails",)) if parts[0] == PACK else ".".join(parts)
    room = room.removeprefix("clients.python.")  # a distribution of its own, imported by its own name
    assert uses(test, room), f"{test} uses nothing of {test.parent}"


def test_the_readme_says_what_each_test_room_of_its_own_proves() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for room in OWN_ROOMS:
        assert (TESTS / room).is_dir()
        assert f"tests/{room}" in readme


def test_every_module_is_read_under_the_name_by_which_it_is_imported() -> None:
    assert {"clipit_client.calls", "guardrails.rule", "handlers.scaler.decision.decision", "cli.main"} <= {
        module_of(path) for path in files()
    }
