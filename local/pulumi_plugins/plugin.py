"""A Pulumi plugin: a gRPC server that prints its port and ends with the Pulumi CLI that started it."""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent import futures
from dataclasses import dataclass
from types import FrameType
from typing import Final, Protocol, TypeAlias

import grpc

THREADS: Final = 32
LARGEST_MESSAGE: Final = 400 * 1024 * 1024
SECONDS_BETWEEN_LOOKS: Final = 1.0


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


Answer: TypeAlias = Callable[..., Message]
Answers: TypeAlias = Callable[..., Iterator[Message]]


@dataclass(frozen=True, kw_only=True)
class Method:
    """One call of a protocol: the class of its request, and who answers."""

    request: Parser
    answer: Answer


@dataclass(frozen=True, kw_only=True)
class Streaming:
    """One call of a protocol that is answered bit by bit."""

    request: Parser
    answer: Answers


Methods: TypeAlias = Mapping[str, Method | Streaming]


def started_server(service: str, methods: Methods) -> tuple[grpc.Server, int]:
    """A server on a free loopback port; what has no method is "unimplemented", which the CLI accepts."""
    sizes = [
        ("grpc.max_receive_message_length", LARGEST_MESSAGE),
        ("grpc.max_send_message_length", LARGEST_MESSAGE),
    ]
    server = grpc.server(futures.ThreadPoolExecutor(THREADS), options=sizes)
    table = {name: _handler(method) for name, method in methods.items()}
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, table),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    return server, port


def serve(service: str, methods: Methods, *, at_end: Callable[[], None]) -> None:
    """Serve until the Pulumi CLI ends this process or is gone itself; `at_end` runs first."""

    def leave(_signal: int, _frame: FrameType | None) -> None:
        at_end()
        os._exit(0)  # the Pulumi CLI asked for it; a traceback would only be noise in its output

    signal.signal(signal.SIGINT, leave)
    signal.signal(signal.SIGTERM, leave)
    parent = os.getppid()
    server, port = started_server(service, methods)
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    threading.Thread(target=_leave_with, args=(parent, at_end), daemon=True).start()
    server.wait_for_termination()


def _leave_with(parent: int, at_end: Callable[[], None]) -> None:
    while os.getppid() == parent:
        time.sleep(SECONDS_BETWEEN_LOOKS)
    at_end()
    os._exit(0)


def _handler(method: Method | Streaming) -> "grpc.RpcMethodHandler[Message, Message]":
    parse = method.request.FromString
    if isinstance(method, Streaming):
        return grpc.unary_stream_rpc_method_handler(method.answer, parse, _wire)
    return grpc.unary_unary_rpc_method_handler(method.answer, parse, _wire)


def _wire(message: Message) -> bytes:
    return message.SerializeToString()
