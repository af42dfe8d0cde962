"""Tests that need the Pulumi CLI are marked `pulumi_cli`: no other test sees it, and no other may be skipped.

A suite that finds the CLI on this machine would otherwise hide that a test needs it, until somebody runs the
suite in a fresh clone.
"""

import os
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, nullcontext

import pytest

from local.toolchain.pulumi_cli import Cli, Toolchain, toolchain

MARK = "pulumi_cli"


def _marked(item: pytest.Item) -> bool:
    return item.get_closest_marker(MARK) is not None


def _installed() -> Cli | None:
    tools = toolchain(lambda _line: None)
    return tools.on_path() or tools.cached()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs the CLI where there is none."""
    marked = [item for item in items if _marked(item)]
    if marked and _installed() is None:
        for item in marked:
            item.add_marker(pytest.mark.skip(reason="there is no Pulumi CLI; `make pulumi` gets it"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Hide the CLI from a test without the mark, and from the fixtures that are made for it."""
    with nullcontext() if _marked(item) else _hidden():
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that skips itself fails: nobody would see that it proves nothing anymore."""
    report = yield
    known = _marked(item) or item.get_closest_marker("skipif") or hasattr(report, "wasxfail")
    if report.skipped and not known:
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} skips itself; only tests marked {MARK} or skipif may be skipped"
    return report


@contextmanager
def _hidden() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in ("on_path", "cached"):
            patch.setattr(Toolchain, name, _refusing(getattr(Toolchain, name)))
        yield


def _refusing(look: Callable[[Toolchain], Cli | None]) -> Callable[[Toolchain], Cli | None]:
    def refuse(tools: Toolchain) -> Cli | None:
        if tools.environment is os.environ:  # this machine's, and none that a test has made up
            pytest.fail(f"this test asks for the Pulumi CLI of this machine; mark it {MARK}")
        return look(tools)

    return refuse
