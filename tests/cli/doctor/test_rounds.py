"""Checks that break could not look: they neither pass nor stop the others."""

import pytest

from cli.doctor import checks
from cli.doctor.patient import Check, Finding, NotFoundError, Patient, Result, UnseenError, failed
from cli.doctor.rounds import run
from tests.cli.doctor.fakes import patient


@pytest.mark.parametrize(
    "problem",
    [
        UnseenError("denied"),
        NotFoundError("gone"),
        KeyError("Account"),
        ValueError("no number"),
        TypeError("odd"),
        FileNotFoundError("no such file"),
    ],
)
def test_a_check_that_breaks_could_not_look_and_the_next_one_runs(problem: Exception) -> None:
    def breaks(_patient: Patient) -> Finding:
        raise problem

    found = list(
        run([Check(name="a", look=breaks), Check(name="b", look=lambda _: failed("no", "do"))], patient())
    )
    assert [it.finding.result for it in found] == [Result.UNSEEN, Result.FAILED]


def test_without_an_account_and_a_cli_no_check_of_them_passes() -> None:
    local = {"secrets provider", "region"}
    found = {it.check.name: it.finding for it in run(checks.ALL, patient())}
    assert {name for name, it in found.items() if it.result is not Result.UNSEEN} <= local


def test_an_answer_of_another_shape_could_not_be_looked_at() -> None:
    found = [it.finding for it in run(checks.ALL, patient(said={"plugin": "[", "whoami": "nothing"}))]
    assert all(it.result is not Result.PASSED for it in found[1:3])


def test_the_checks_have_names_of_their_own() -> None:
    names = [check.name for check in checks.ALL]
    assert len(set(names)) == len(names)
