"""Runs the checks; a check that breaks could not look, and says why."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cli.doctor.patient import Check, Finding, NotFoundError, Patient, UnseenError, unseen

# What reading an answer of another shape raises.
_ODD = (KeyError, TypeError, ValueError)


@dataclass(frozen=True, kw_only=True)
class Looked:
    """A check with what it found."""

    check: Check
    finding: Finding


def run(checks: Iterable[Check], patient: Patient) -> Iterator[Looked]:
    """Run one check after the other."""
    for check in checks:
        yield Looked(check=check, finding=_look(check, patient))


def _look(check: Check, patient: Patient) -> Finding:
    try:
        return check.look(patient)
    except UnseenError as problem:
        return unseen(str(problem))
    except NotFoundError as problem:
        return unseen(f"what the check begins with is not there: {problem}")
    except _ODD as problem:
        return unseen(f"the answer has another shape: {type(problem).__name__}: {problem}")
