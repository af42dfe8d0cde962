"""Functions are never run by the emulator: it has no containers; the local stack runs them itself."""

from typing import Any

from moto.awslambda.models import LambdaBackend, LambdaFunction
from moto.dynamodb import dynamodb_backends
from moto.sqs import sqs_backends

from local.emulator.registering import failure

_create_mapping = LambdaBackend.create_event_source_mapping
_update_mapping = LambdaBackend.update_event_source_mapping


def _unhooked(backend: Any, mapping: Any) -> Any:
    """A mapping that is kept and shown, while queue and table know nothing of it.

    Otherwise each write to the table or queue would run the function in Docker before it answers.
    """
    queues = sqs_backends[backend.account_id][backend.region_name].queues.values()
    tables = dynamodb_backends[backend.account_id][backend.region_name].tables.values()
    for source in (*queues, *tables):
        source.lambda_event_source_mappings.clear()
    return mapping


def _create(backend: Any, spec: dict[str, Any]) -> Any:
    return _unhooked(backend, _create_mapping(backend, spec))


def _update(backend: Any, uuid: str, spec: dict[str, Any]) -> Any:
    return _unhooked(backend, _update_mapping(backend, uuid, spec))


def _refuse(function: Any, *_arguments: Any, **_named: Any) -> Any:
    raise failure(
        "ServiceException",
        f"{function.function_name} cannot be invoked through the API here; the local stack runs it "
        "when its deployed event source or schedule has something for it.",
    )


def install() -> None:
    """Let moto keep functions and mappings without running anything."""
    LambdaBackend.create_event_source_mapping = _create
    LambdaBackend.update_event_source_mapping = _update
    LambdaFunction._invoke_lambda = _refuse
