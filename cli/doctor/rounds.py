"""Runs the checks; a check that raises could not look, and says why."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from cli.doctor.patient import Aws, Check, Finding, NotFoundError, Patient, UnseenError, unseen

# What reading an answer of another shape raises.
_ODD = (KeyError, TypeError, ValueError)


@dataclass(frozen=True, kw_only=True)
class Looked:
    """A check with what it found."""

    check: Check
    finding: Finding


@dataclass(frozen=True)
class _AskedOnce:
    """AWS, asked each question once: several checks need the same answer, or fail for the same reason."""

    aws: Aws
    answers: dict[str, Mapping[str, object] | NotFoundError | UnseenError] = field(default_factory=dict)

    def __call__(self, service: str, operation: str, /, **parameters: object) -> Mapping[str, object]:
        question = json.dumps([service, operation, parameters], sort_keys=True, default=str)
        if question not in self.answers:
            try:
                self.answers[question] = self.aws(service, operation, **parameters)
            except (NotFoundError, UnseenError) as problem:
                self.answers[question] = problem
        answer = self.answers[question]
        if isinstance(answer, Exception):
            raise answer
        return answer


def run(checks: Iterable[Check], patient: Patient) -> Iterator[Looked]:
    """Run one check after the other."""
    asking = replace(patient, aws=_AskedOnce(patient.aws))
    for check in checks:
        yield Looked(check=check, finding=_look(check, asking))


def _look(check: Check, patient: Patient) -> Finding:
    try:
        return check.look(patient)
    except UnseenError as problem:
        return unseen(str(problem))
    except NotFoundError as problem:
        return unseen(f"what the check needs does not exist: {problem}")
    except OSError as problem:
        return unseen(f"a file of the checkout cannot be read: {problem}")
    except _ODD as problem:
        return unseen(f"unexpected response: {type(problem).__name__}: {problem}")
