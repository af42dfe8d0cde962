"""A server for files that compositions name by URL, which does with each connection what it is told."""

import socket
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from handlers.jobs.outgoing.targets import LookUp, Target
from handlers.render_agent.inputs.link_cache import LinkCache
from handlers.render_agent.inputs.linked_files import LinkedFiles, public_target

Behavior = Callable[[socket.socket, str], None]
PUBLIC_ADDRESS = "93.184.216.34"


@dataclass
class LinkServer:
    """What was asked for, head by head, and the port."""

    port: int
    heads: list[str] = field(default_factory=list)

    @property
    def paths(self) -> list[str]:
        return [head.split()[1] for head in self.heads]


@contextmanager
def serving(behave: Behavior) -> Iterator[LinkServer]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = LinkServer(port=int(listener.getsockname()[1]))

        def serve() -> None:
            while True:
                with suppress(OSError):
                    line, _ = listener.accept()
                    threading.Thread(target=attend, args=(line,), daemon=True).start()
                    continue
                return

        def attend(line: socket.socket) -> None:
            with line, suppress(OSError):
                head = b""
                while b"\r\n\r\n" not in head:
                    head += line.recv(4096) or b"\r\n\r\n"
                server.heads.append(head.decode())
                behave(line, head.decode())

        threading.Thread(target=serve, daemon=True).start()
        yield server
        listener.shutdown(socket.SHUT_RDWR)


def answer(status: int, body: bytes = b"", **headers: str) -> bytes:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"HTTP/1.1 {status} X", *(f"{name}: {value}" for name, value in named.items())]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body


def answering(answers: Mapping[str, bytes] | Sequence[bytes]) -> Behavior:
    """Answers by path, or one after the other."""
    waiting = [] if isinstance(answers, Mapping) else list(answers)

    def behave(line: socket.socket, head: str) -> None:
        line.sendall(answers[head.split()[1]] if isinstance(answers, Mapping) else waiting.pop(0))

    return behave


def linked_files(
    port: int, cache: Path, *, look_up: LookUp = lambda _host, _port: [PUBLIC_ADDRESS]
) -> LinkedFiles:
    """Links that lead to a port of this machine, in plain text, once they have been checked as in service."""

    def choose(url: str, names: LookUp) -> Target:
        return replace(public_target(url, names), address="127.0.0.1", port=port, secure=False)

    return LinkedFiles(
        cache=LinkCache(cache, least_free_share=0),
        pause=lambda _seconds: None,
        look_up=look_up,
        choose_target=choose,
    )
