"""A hostile receiver drips, hangs, redirects, rebinds: its own tenant loses a delivery, nobody else does."""

import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

import pytest

from components import notifier as notifier_component
from handlers.jobs.messages.webhooks import WebhookMessage
from handlers.jobs.outgoing.connection import Unreachable
from handlers.jobs.outgoing.targets import LOOK_UP_SECONDS, RefusedTargetError, choose, resolve
from handlers.jobs.outgoing.webhook_urls import WebhookTargets
from handlers.jobs.store.items import job_to_item
from handlers.notifier.results import Failed
from handlers.notifier.sending import TOTAL_SECONDS, HttpSender
from handlers.notifier.slow_receivers import HURRIED_SECONDS, SlowReceivers
from tests.handlers.conftest import START, Clock
from tests.handlers.life.memory_table import MemoryTable
from tests.hostile.items import job, put
from tests.hostile.test_item import Receivers, Webhooks, notifier, submitted

SECONDS = 0.4


def drips(line: socket.socket) -> None:
    """A byte now and then, for longer than anybody should wait."""
    for byte in b"HTTP/1.1 200 OK\r\nX: " + b"y" * 1000:
        line.sendall(bytes([byte]))
        time.sleep(0.05)


def hangs(line: socket.socket) -> None:
    line.recv(1)
    time.sleep(3)


def floods(line: socket.socket) -> None:
    line.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        line.sendall(b"X: " + b"y" * 60_000 + b"\r\n")


def never_ends_the_interim(line: socket.socket) -> None:
    while True:
        line.sendall(b"HTTP/1.1 103 Early Hints\r\n\r\n")


def redirects(line: socket.socket) -> None:
    line.recv(4096)
    line.sendall(b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n")


def answers_with_a_bomb(line: socket.socket) -> None:
    """A body that is a gigabyte once it is unpacked, in chunks that never end."""
    line.recv(4096)
    line.sendall(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n")
    chunk = gzip.compress(b"\0" * 1_000_000)
    while True:
        line.sendall(f"{len(chunk):x}\r\n".encode() + chunk + b"\r\n")


def lies_about_its_length(line: socket.socket) -> None:
    line.recv(4096)
    line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n")
    time.sleep(3)


@contextmanager
def receiver(behave: Callable[[socket.socket], None]) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with suppress(OSError):
                line, _ = server.accept()
                with line:
                    behave(line)

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]


def post(port: int) -> int:
    target = choose(f"http://localhost:{port}/hook", WebhookTargets.ANY, lambda *_: ["127.0.0.1"])
    return HttpSender(connect_seconds=SECONDS, total_seconds=SECONDS).post(target, "{}", {})


@pytest.mark.parametrize("behave", [drips, hangs, floods, never_ends_the_interim])
def test_a_receiver_that_holds_us_up_is_left(behave: Callable[[socket.socket], None]) -> None:
    began = time.monotonic()
    with receiver(behave) as port, pytest.raises(Unreachable):
        post(port)
    assert time.monotonic() - began < SECONDS + 2


def test_a_redirect_is_an_answer_and_not_followed() -> None:
    with receiver(redirects) as port:
        assert post(port) == 302


@pytest.mark.parametrize("behave", [answers_with_a_bomb, lies_about_its_length])
def test_nobody_reads_what_follows_the_head_of_an_answer(behave: Callable[[socket.socket], None]) -> None:
    began = time.monotonic()
    with receiver(behave) as port:
        assert post(port) == 200
    assert time.monotonic() - began < SECONDS


def test_a_name_that_is_bound_to_another_address_later_is_looked_up_once() -> None:
    answers = iter([["93.184.216.34"], ["169.254.169.254"]])
    target = choose("https://rebinds.example/", WebhookTargets.PUBLIC, lambda *_: next(answers))
    assert target.address == "93.184.216.34"


@pytest.mark.parametrize(
    "addresses",
    [
        ["169.254.169.254"],
        ["93.184.216.34", "10.0.0.1"],
        [*(f"93.184.216.{last}" for last in range(1, 200)), "100.64.0.1"],
        ["::ffff:169.254.169.254"],
        ["::ffff:0:169.254.169.254"],
        ["::169.254.169.254"],
        ["64:ff9b::169.254.169.254"],
        ["64:ff9b:1::a9fe:a9fe"],
        ["2002:a9fe:a9fe::1"],
        ["2001:0:a9fe:a9fe::1"],
        ["fd00:ec2::254"],
        ["fe80::1%eth0"],
        ["fec0::1"],
        ["2001:20::1"],
        ["3fff::1"],
        ["ff02::1"],
        ["0.0.0.0"],  # noqa: S104 - the address itself
        ["255.255.255.255"],
        ["192.0.0.192"],
        ["198.18.0.1"],
    ],
)
def test_a_name_that_leads_inside_is_refused(addresses: list[str]) -> None:
    with pytest.raises(RefusedTargetError):
        choose("https://inside.example/", WebhookTargets.PUBLIC, lambda *_: addresses)


def test_a_look_up_that_hangs_is_left() -> None:
    def hang(_host: str, _port: int) -> list[str]:
        time.sleep(1)
        return ["93.184.216.34"]

    began = time.monotonic()
    with pytest.raises(RefusedTargetError, match="too long"):
        resolve("slow.example", 443, ask=hang, seconds=0.1)
    assert time.monotonic() - began < 0.9


def test_all_of_it_together_leaves_time_for_the_record_of_the_delivery() -> None:
    """Without the record the message comes again, and a function that runs out of time rings our alarm."""
    assert LOOK_UP_SECONDS + TOTAL_SECONDS + 10 <= notifier_component.TIMEOUT_SECONDS


def test_who_held_us_up_gets_less_time_at_the_next_delivery() -> None:
    table, clock = MemoryTable(), Clock(START)
    given: list[float | None] = []

    class Hangs:
        """A receiver that takes all the time that it gets."""

        def post(self, *_: object, most_seconds: float | None = None) -> int:
            given.append(most_seconds)
            clock.forward(most_seconds or TOTAL_SECONDS)
            raise Unreachable("timed out")

    ended = job(1)
    put(table, job_to_item(ended))
    submitted(table, ended)
    slow = SlowReceivers(now=clock, chance=lambda: 0.5)
    sends = replace(notifier(table, Receivers(), Webhooks()), sender=Hangs(), slow_receivers=slow, now=clock)
    assert all(isinstance(sends.deliver(WebhookMessage(job_id=ended.id), tries=1), Failed) for _ in range(3))
    assert given == [None, HURRIED_SECONDS, HURRIED_SECONDS]


def test_a_hurried_delivery_holds_nobody_up_for_longer_than_it_may() -> None:
    target = choose("http://localhost/hook", WebhookTargets.ANY, lambda *_: ["127.0.0.1"])
    began = time.monotonic()
    with receiver(drips) as port, pytest.raises(Unreachable, match="timed out"):
        HttpSender().post(replace(target, port=port), "{}", {}, most_seconds=0.2)
    assert time.monotonic() - began < 2
