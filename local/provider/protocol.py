"""How the provider is served: its method table, and errors that never show a secret."""

import os
import traceback
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final

import grpc
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime.proto import provider_pb2

from local.provider.configuration import ConfigurationError
from local.provider.operations import UnknownTypeError, Urn
from local.provider.server import NotConfiguredError, Provider
from local.provider.types.aws import RefusedError, UnreachableError
from local.provider.types.props import PropertyError
from local.provider.values import Secret, Value, decode, walk
from local.pulumi_plugins import plugin
from local.pulumi_plugins.plugin import Answer, Message, Method, Methods, Parser

SERVICE: Final = "pulumirpc.ResourceProvider"
SHORTEST_SECRET: Final = 4
SPEAKING_ERRORS: Final = (
    RefusedError, UnreachableError, ConfigurationError, PropertyError, UnknownTypeError, NotConfiguredError,
    LookupError, OSError, ValueError,
)  # fmt: skip  # errors whose text is meant for the person at the keyboard
STRUCT_FIELDS: Final = ("news", "olds", "old_inputs", "properties", "inputs", "args")


def methods(environment: Mapping[str, str]) -> Methods:
    """The calls of the protocol that a new provider answers."""
    provider = Provider(environment)
    table: dict[str, tuple[Answer, Parser]] = {
        "GetPluginInfo": (provider.get_plugin_info, empty_pb2.Empty),
        "Handshake": (provider.handshake, provider_pb2.ProviderHandshakeRequest),
        "GetSchema": (provider.get_schema, provider_pb2.GetSchemaRequest),
        "CheckConfig": (provider.check_config, provider_pb2.CheckRequest),
        "DiffConfig": (provider.diff_config, provider_pb2.DiffRequest),
        "Configure": (provider.configure, provider_pb2.ConfigureRequest),
        "Check": (provider.check, provider_pb2.CheckRequest),
        "Diff": (provider.diff, provider_pb2.DiffRequest),
        "Create": (provider.create, provider_pb2.CreateRequest),
        "Read": (provider.read, provider_pb2.ReadRequest),
        "Update": (provider.update, provider_pb2.UpdateRequest),
        "Delete": (provider.delete, provider_pb2.DeleteRequest),
        "Invoke": (provider.invoke, provider_pb2.InvokeRequest),
        "Cancel": (provider.cancel, empty_pb2.Empty),
    }
    return {
        name: Method(request=request, answer=guarded(name, answer))
        for name, (answer, request) in table.items()
    }


def serve() -> None:
    """Serve until the Pulumi CLI ends."""
    plugin.serve(SERVICE, methods(os.environ), at_end=lambda: None)


def guarded(name: str, answer: Answer) -> Callable[[Message, grpc.ServicerContext], Message]:
    """The same answer, whose errors become one message for the Pulumi CLI without a secret of the request."""

    def attempt(request: Message, context: grpc.ServicerContext) -> Message:
        try:
            return answer(request)
        except Exception as error:
            text = _whose(name, request) + _message(name, error)
            for secret in _secrets(request):
                text = text.replace(secret, "[secret]")
            context.abort(grpc.StatusCode.UNKNOWN, text)
            raise

    return attempt


def _whose(name: str, request: Message) -> str:
    """The resource, for a Read: beside the errors of all other steps the Pulumi CLI shows it."""
    if name != "Read" or not isinstance(request, provider_pb2.ReadRequest):
        return ""
    urn = Urn.parse(request.urn)
    return f"{urn.token} {urn.name} ({request.id}): "


def _message(name: str, error: Exception) -> str:
    if isinstance(error, SPEAKING_ERRORS):
        return str(error)
    last = traceback.extract_tb(error.__traceback__)[-1]
    line = f"{Path(last.filename).name}:{last.lineno}"
    return f"{name} failed in the local provider ({line}): {type(error).__name__}: {error}"


def _secrets(request: Message) -> list[str]:
    structs = (getattr(request, field, None) for field in STRUCT_FIELDS)
    values = (
        item
        for struct in structs
        if isinstance(struct, struct_pb2.Struct)
        for item in decode(struct).values()
    )
    return sorted(_secret_texts(values), key=len, reverse=True)


def _secret_texts(values: Iterable[Value]) -> set[str]:
    hidden = (inner.value for value in values for inner in walk(value) if isinstance(inner, Secret))
    texts = {text for value in hidden for text in walk(value) if isinstance(text, str)}
    return {text for text in texts if len(text) >= SHORTEST_SECRET}
