"""An account whose answers a test states; botocore's own model of AWS checks each request and each answer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import botocore.session
from botocore import xform_name
from botocore.model import ServiceModel
from botocore.validate import validate_parameters

from cli.doctor.patient import NotFoundError, Patient, UnseenError
from components.settings import NAMESPACE, Settings, parse
from local.stack.stack_file import config_of

ROOT = Path(__file__).parents[3]
Answer = Mapping[str, object] | Exception


@cache
def _model(service: str) -> ServiceModel:
    return botocore.session.get_session().get_service_model(service)


@dataclass(frozen=True)
class FakeAws:
    """Answers by service and operation, such as `sts.get_caller_identity`."""

    answers: Mapping[str, Answer | Callable[..., Answer]]
    calls: list[str] = field(default_factory=list)

    def __call__(self, service: str, operation: str, /, **parameters: object) -> Mapping[str, object]:
        model = _model(service)
        name = next(it for it in model.operation_names if xform_name(it) == operation)
        shapes = model.operation_model(name)
        if shapes.input_shape is not None:
            validate_parameters(parameters, shapes.input_shape)
        self.calls.append(f"{service}.{operation}")
        answer = self.answers.get(f"{service}.{operation}", UnseenError(f"{service}:{operation}: denied"))
        if callable(answer):
            answer = answer(**parameters)
        if isinstance(answer, Exception):
            raise answer
        assert shapes.output_shape is not None
        validate_parameters(dict(answer), shapes.output_shape)
        return answer


def settings(stack: str = "prod") -> Settings:
    stated = config_of(stack, ROOT)
    prefix = f"{NAMESPACE}:"
    return parse({key.removeprefix(prefix): stated[key] for key in stated if key.startswith(prefix)})


def patient(
    answers: Mapping[str, Answer | Callable[..., Answer]] | None = None,
    *,
    said: Mapping[str, str] | None = None,
    given: Settings | None = None,
    root: Path = ROOT,
    names: Mapping[str, frozenset[str]] | None = None,
) -> Patient:
    """A stack like prod; what the account and the Pulumi CLI are not told, nobody can look at.

    What the CLI has `said` stands by its first two words or by the first one.
    """

    def pulumi(*words: str) -> str:
        for known in (" ".join(words[:2]), words[0]):
            if said and known in said:
                return said[known]
        raise UnseenError(f"pulumi {words[0]}: error: not logged in")

    def resolve(name: str, /) -> frozenset[str]:
        if names is None:
            raise UnseenError(f"{name}: no name server answers")
        if name not in names:
            raise NotFoundError(f"{name}: unknown")
        return names[name]

    return Patient(
        stack="prod",
        root=root,
        settings=given or settings(),
        aws=FakeAws(answers or {}),
        pulumi=pulumi,
        resolve=resolve,
    )
