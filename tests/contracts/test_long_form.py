"""A test with a short form has all of its parameters in one of the two runs, and only those in the first."""

import pytest

pytest_plugins = ["pytester"]

SETTINGS = "[pytest]\nmarkers = long\n short_form\n"
TESTS = """
import pytest

@pytest.mark.short_form(2)
@pytest.mark.parametrize("number", range(5))
def test_wide(number): pass

@pytest.mark.parametrize("number", range(3))
def test_all(number): pass
"""


@pytest.mark.parametrize(("which", "passed", "deselected"), [("not long", 5, 3), ("long", 3, 5)])
def test_what_is_beyond_the_short_form_is_long(
    pytester: pytest.Pytester, which: str, passed: int, deselected: int
) -> None:
    pytester.makeini(SETTINGS)
    pytester.makeconftest("pytest_plugins = ['tests.long_form']")
    pytester.makepyfile(TESTS)
    done = pytester.runpytest_inprocess("-p", "no:cacheprovider", "-p", "no:xdist", "-m", which)
    assert done.parseoutcomes() == {"passed": passed, "deselected": deselected}


def test_a_long_test_may_take_longer_unless_it_names_its_own_time(pytester: pytest.Pytester) -> None:
    pytester.makeini(SETTINGS + " timeout\n")
    pytester.makeconftest("pytest_plugins = ['tests.long_form']")
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.long
        def test_long(request):
            assert request.node.get_closest_marker("timeout").args == (600,)

        @pytest.mark.long
        @pytest.mark.timeout(900)
        def test_own(request):
            assert request.node.get_closest_marker("timeout").args == (900,)

        def test_short(request):
            assert request.node.get_closest_marker("timeout") is None
        """
    )
    done = pytester.runpytest_inprocess("-p", "no:cacheprovider", "-p", "no:xdist")
    assert done.parseoutcomes() == {"passed": 3}
