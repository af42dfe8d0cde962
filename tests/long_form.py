"""The short form of a test runs in `make test`, and its long form in `make test-long`."""

from collections import Counter

import pytest

TIMEOUT_S = 600
"""Of a long test that names none: ten times that of the suite's (`pyproject.toml`)."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what a test has beyond the number in its `short_form` as `long`, before anything is deselected.

    A long test may take longer. Of several `parametrize` above one another, the topmost varies fastest.
    """
    found = Counter[str]()
    for item in items:
        if mark := item.get_closest_marker("short_form"):
            test = item.nodeid.partition("[")[0]
            found[test] += 1
            if found[test] > mark.args[0]:
                item.add_marker(pytest.mark.long)
        if item.get_closest_marker("long") and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(TIMEOUT_S))
