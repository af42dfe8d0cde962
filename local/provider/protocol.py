"""How the provider is served: the method table, errors without secrets, quiet signals, the port on stdout."""

import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterable, Mapping
from concurrent import futures
from types import FrameType
from typing import Final, Protocol

import grpc
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime.proto import provider_pb2

from local.provider.lifecycle import UnknownTypeError
from local.provider.server import NotConfiguredError, Provider
from local.provider.settings import SettingsError
from local.provider.types.aws import RefusedError
from local.provider.types.props import PropertyError
from local.provider.values import Secret, Value, decode, walk

SERVICE: Final = "pulumirpc.ResourceProvider"
THREADS: Final = 32
LARGEST_MESSAGE: Final = 400 * 1024 * 1024
SHORTEST_SECRET: Final = 4
SPEAKING_ERRORS: Final = (
    RefusedError, SettingsError, PropertyError, UnknownTypeError, NotConfiguredError, LookupError, ValueError,
)  # fmt: skip  # errors whose text is meant for the person at the keyboard
STRUCT_FIELDS: Final = ("news", "olds", "old_inputs", "properties", "inputs", "args")


class Message(Protocol):
    """What requests and answers of the protocol can do."""

    def SerializeToString(self) -> bytes:  # noqa: N802  protobuf's name
        """The wire form."""
        ...


class Parser(Protocol):
    """A message class."""

    def FromString(self, data: bytes) -> Message:  # noqa: N802  protobuf's name
        """Read the wire form."""
        ...


def methods(provider: Provider) -> Mapping[str, tuple[Callable[..., Message], Parser]]:
    """The calls that are answered; all others are "unimplemented", which the engine accepts."""
    return {
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


def started_server(environment: Mapping[str, str]) -> tuple[grpc.Server, int]:
    """A server that answers, and its port."""
    sizes = [
        ("grpc.max_receive_message_length", LARGEST_MESSAGE),
        ("grpc.max_send_message_length", LARGEST_MESSAGE),
    ]
    server = grpc.server(futures.ThreadPoolExecutor(THREADS), options=sizes)
    table = {
        name: grpc.unary_unary_rpc_method_handler(
            _guarded(name, answer),
            request_deserializer=request.FromString,
            response_serializer=lambda message: message.SerializeToString(),
        )
        for name, (answer, request) in methods(Provider(environment)).items()
    }
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, table),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    return server, port


def serve() -> None:
    """Serve until the engine ends the process."""

    def leave(_signal: int, _frame: FrameType | None) -> None:
        os._exit(0)  # the engine has what it wants; nothing is half done that it would not notice

    signal.signal(signal.SIGINT, leave)
    signal.signal(signal.SIGTERM, leave)
    server, port = started_server(os.environ)
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    server.wait_for_termination()


def _guarded(name: str, answer: Callable[..., Message]) -> Callable[[Message, grpc.ServicerContext], Message]:
    def guarded(request: Message, context: grpc.ServicerContext) -> Message:
        try:
            return answer(request)
        except Exception as error:
            text = _told(name, error)
            for secret in _secrets(request):
                text = text.replace(secret, "[secret]")
            context.abort(grpc.StatusCode.UNKNOWN, text)
            raise

    return guarded


def _told(name: str, error: Exception) -> str:
    if isinstance(error, SPEAKING_ERRORS):
        return str(error)
    last = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{os.path.basename(last.filename)}:{last.lineno}"  # noqa: PTH119  a plain text operation
    return f"{name} failed in the local provider ({place}): {type(error).__name__}: {error}"


def _secrets(request: Message) -> list[str]:
    structs = (getattr(request, field, None) for field in STRUCT_FIELDS)
    values = (
        value
        for struct in structs
        if isinstance(struct, struct_pb2.Struct)
        for value in decode(struct).values()
    )
    return sorted(_secret_texts(values), key=len, reverse=True)


def _secret_texts(values: Iterable[Value]) -> set[str]:
    hidden = (inner.value for value in values for inner in walk(value) if isinstance(inner, Secret))
    texts = {text for value in hidden for text in walk(value) if isinstance(text, str)}
    return {text for text in texts if len(text) >= SHORTEST_SECRET}
