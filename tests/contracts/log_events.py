"""What each room under handlers/ logs, read from its syntax trees: events, and the fields of each.

Where a field's name is made at run time it is not seen: a query that asks for it fails: the safe side.
"""

import ast
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from handlers.jobs.tracing import RenderFields

ROOT = Path(__file__).parents[2]
LEVELS = {
    "info": "info",
    "say": "info",
    "measure": "info",
    "warning": "warning",
    "warn": "warning",
    "error": "error",
    "exception": "error",
}
LOGGERS = {"logger", "_log", "event_log"}
# Calls that put fields on every event that follows.
ALWAYS = {"about", "bind_contextvars"}
EVERY = "every event"


def written(room: str) -> dict[str, set[str]]:
    """The fields by event, and those of `EVERY` event."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in sorted((ROOT / "handlers" / room).rglob("*.py")):
        tree = ast.parse(path.read_text())
        functions = [
            node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        ]
        for function in functions:
            for call in (node for node in ast.walk(function) if isinstance(node, ast.Call)):
                if not isinstance(call.func, ast.Attribute):
                    continue
                if call.func.attr in ALWAYS:
                    found[EVERY] |= set(_keywords(call, function, tree))
                elif call.func.attr in LEVELS and _logs(call.func.value) and call.args:
                    for event in _texts(call.args[0], function):
                        found[event] |= set(_keywords(call, function, tree))
    return found


def levels(room: str) -> set[tuple[str, str]]:
    """Each event with each level at which it is written."""
    found = set()
    for path in sorted((ROOT / "handlers" / room).rglob("*.py")):
        for function in ast.walk(ast.parse(path.read_text())):
            if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            for node in ast.walk(function):
                match node:
                    case ast.Call(func=ast.Attribute(attr=method, value=value), args=[first, *_]):
                        if method in LEVELS and _logs(value):
                            found |= {(event, LEVELS[method]) for event in _texts(first, function)}
    return found


def _logs(value: ast.expr) -> bool:
    """`logger`, `_log`, `event_log`, `self.event_log`."""
    name = value.attr if isinstance(value, ast.Attribute) else value.id if isinstance(value, ast.Name) else ""
    return name in LOGGERS or name.lstrip("_") in LOGGERS


def _keywords(call: ast.Call, function: ast.AST, tree: ast.Module) -> Iterator[str]:
    for one in call.keywords:
        if one.arg == "exc_info":
            continue
        if one.arg == "extra" or one.arg is None:
            yield from _keys(one.value, function, tree)
        else:
            yield one.arg


def _keys(value: ast.expr, function: ast.AST, tree: ast.Module) -> Iterator[str]:
    """The names in a dictionary, wherever within the module it is spelled."""
    match value:
        case ast.Dict():
            for key, inner in zip(value.keys, value.values, strict=True):
                if key is None:
                    yield from _keys(inner, function, tree)
                elif isinstance(key, ast.Constant):
                    yield str(key.value)
        case ast.Name():
            for assigned in _assigned(value.id, function):
                yield from _keys(assigned, function, tree)
        case ast.IfExp():
            yield from (*_keys(value.body, function, tree), *_keys(value.orelse, function, tree))
        case ast.Call(func=ast.Name(id=name)):
            yield from _made(name, tree)
        case _:
            return


def _made(name: str, tree: ast.Module) -> Iterator[str]:
    """The names in the dictionaries that a function returns."""
    if name == "render_of":
        yield from RenderFields.__annotations__
    for module in (tree, *_shared()):
        for made, within in _returned(name, module):
            yield from _keys(made, within, module)


@cache
def _shared() -> tuple[ast.Module, ...]:
    """The modules whose functions make fields for others."""
    return (ast.parse((ROOT / "handlers/jobs/tracing.py").read_text()),)


def _texts(value: ast.expr, function: ast.AST) -> Iterator[str]:
    match value:
        case ast.Constant(value=str(text)):
            yield text
        case ast.IfExp():
            yield from (*_texts(value.body, function), *_texts(value.orelse, function))
        case ast.Name():
            for assigned in _assigned(value.id, function):
                yield from _texts(assigned, function)
        case _:
            return


def _returned(name: str, tree: ast.Module) -> Iterator[tuple[ast.expr, ast.AST]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name == name:
            for inner in ast.walk(node):
                if isinstance(inner, ast.Return) and inner.value is not None:
                    yield inner.value, node


def _assigned(name: str, function: ast.AST) -> Iterator[ast.expr]:
    for node in ast.walk(function):
        match node:
            case ast.Assign(targets=targets, value=value) if any(_is(name, one) for one in targets):
                yield value
            case ast.AnnAssign(target=target, value=ast.expr() as value) if _is(name, target):
                yield value


def _is(name: str, target: ast.expr) -> bool:
    return isinstance(target, ast.Name) and target.id == name
