"""One way to try a case."""

from collections.abc import Callable

import pytest

from tests.policy.cases import CLEAN, FOUND, OPEN, Case


@pytest.fixture
def try_case(judge: Callable) -> Callable[[Case], None]:
    """Judge the case's resources and compare what was said with what must be."""

    def attempt(case: Case) -> None:
        said = judge(case.rule, *case.resources, **case.options)
        assert not any("could not judge" in finding for finding in said.findings), said.findings
        outcome = FOUND if said.findings else OPEN if said.undecided else CLEAN
        assert outcome == case.outcome, said.findings
        assert any(case.mentions in finding for finding in said.findings) or not case.mentions, said.findings

    return attempt
