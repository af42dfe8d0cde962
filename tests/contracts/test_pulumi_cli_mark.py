"""What needs the Pulumi CLI is marked, or fails; what is not marked does not skip itself."""

from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parents[2]
CONFTEST = "pytest_plugins = ['tests.pulumi_cli_mark']"
SETTINGS = "[pytest]\nmarkers = pulumi_cli\n"
ASKS = """
import pytest
from local.toolchain.pulumi_cli import toolchain

@pytest.fixture(scope="module")
def cli():
    tools = toolchain(print)
    return tools.on_path() or tools.cached()
"""


@pytest.fixture
def suite(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.makeini(SETTINGS)
    pytester.makeconftest(CONFTEST)
    return pytester


def outcomes(suite: pytest.Pytester, source: str) -> dict[str, int]:
    suite.makepyfile(source)
    return suite.runpytest_inprocess("-p", "no:cacheprovider", "-p", "no:xdist").parseoutcomes()


def test_a_test_without_the_mark_that_asks_for_the_cli_fails(suite: pytest.Pytester) -> None:
    assert outcomes(suite, f"{ASKS}\ndef test_it(cli): pass\n") == {"errors": 1}
    assert outcomes(suite, f"{ASKS}\ndef test_it(): toolchain(print).cli()\n") == {"failed": 1}


def test_a_test_with_the_mark_is_run_or_skipped(
    suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    suite.makepyfile(f"{ASKS}\n@pytest.mark.pulumi_cli\ndef test_it(cli): assert cli\n")
    # In a process of its own, from which this test hides nothing; its home is empty.
    done = suite.runpytest_subprocess("-p", "no:cacheprovider")
    assert done.parseoutcomes() in ({"passed": 1}, {"skipped": 1})


@pytest.mark.parametrize(
    ("test", "outcome"),
    [
        ("def test_it(): pytest.skip('not today')", {"failed": 1}),
        ("@pytest.mark.skip\ndef test_it(): pass", {"errors": 1}),
        ("@pytest.mark.skipif(True, reason='no /proc here')\ndef test_it(): pass", {"skipped": 1}),
        ("@pytest.mark.xfail\ndef test_it(): assert False", {"xfailed": 1}),
    ],
    ids=["within", "mark", "condition", "expected failure"],
)
def test_only_a_mark_that_says_when_lets_a_test_be_skipped(
    suite: pytest.Pytester, test: str, outcome: dict[str, int]
) -> None:
    assert outcomes(suite, f"import pytest\n{test}\n") == outcome
