"""Runs what a hostile font could make endless in a process of its own, which the kernel ends."""

import multiprocessing
import resource
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import TypeVar

from render_engine.errors import Refused

SECONDS_OF_CPU = 300
MOST_BYTES = 4 * 1024**3
SECONDS_BETWEEN_SIGNS = 2.0
Given = TypeVar("Given")
Made = TypeVar("Made")


@dataclass(frozen=True, kw_only=True)
class _Refusal:
    code: str
    detail: str


def within_limits(
    work: Callable[[Given], Made],
    given: Given,
    *,
    asset: str,
    at_work: Callable[[], None],
    seconds: int = SECONDS_OF_CPU,
) -> Made:
    """What `work` makes of `given`, in a child that may use so many seconds of CPU and some gigabytes.

    `at_work` is called every other second until then.

    Raises:
        Refused: what the work itself refuses; or `asset_unreadable`, when the limits ended it.
    """
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=_work, args=(sender, work, given, seconds), daemon=True)
    try:
        child.start()
        sender.close()
        while not receiver.poll(SECONDS_BETWEEN_SIGNS):
            at_work()
        answer: Made | _Refusal = receiver.recv()
    except EOFError:
        answer = _endless(asset, seconds)
    finally:
        child.kill()
        child.join()
        receiver.close()
    if isinstance(answer, _Refusal):
        raise Refused(answer.code, answer.detail)
    return answer


def _work(sender: Connection, work: Callable[[Given], Made], given: Given, seconds: int) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_DATA, (MOST_BYTES, MOST_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        sender.send(work(given))
    except Refused as refused:
        sender.send(_Refusal(code=refused.code, detail=refused.detail))


def _endless(asset: str, seconds: int) -> _Refusal:
    detail = (
        f"Asset {asset} holds a font that cannot be drawn within {seconds} s of computing "
        f"and {MOST_BYTES // 1024**3} GiB of memory."
    )
    return _Refusal(code="asset_unreadable", detail=detail)
