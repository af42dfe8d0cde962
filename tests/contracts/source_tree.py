"""The Python files of the project as a tree of modules, read from their syntax alone."""

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = (
    *("benchmarks", "bootstrap", "cli", "clients", "components", "handlers", "local"),
    *("pages", "policy", "render_engine", "simulator"),
)
# The pack's folder stands on the import path, so that its modules are called without it.
PACK = "policy"
# So does the client's, a distribution of its own.
CLIENT = ("clients", "python")


@cache
def files() -> tuple[Path, ...]:
    """Every Python file outside the tests, relative to the root."""
    found = [path.relative_to(ROOT) for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]
    assert len(found) > 100, "the tree was not read"
    return (*found, Path("__main__.py"))


def module_of(path: Path) -> str:
    """The name under which a file is imported."""
    parts = path.with_suffix("").parts
    parts = parts[1:] if parts[0] == PACK else parts
    parts = parts[2:] if parts[:2] == CLIENT else parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(source: str, known: Mapping[str, object]) -> Iterator[str]:
    """The modules among the known ones that a source imports, wherever in it the import stands."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                if whole in known:
                    yield whole
                elif node.module in known:
                    yield node.module


@cache
def imports() -> Mapping[str, frozenset[str]]:
    """What each module imports of ours."""
    modules = {module_of(path): path for path in files()}
    return {
        module: frozenset(imported((ROOT / path).read_text(encoding="utf-8"), modules)) - {module}
        for module, path in modules.items()
    }
