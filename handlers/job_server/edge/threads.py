"""Calls that wait for AWS, in threads, with half of what the framework's own change of threads costs.

anyio's `run_sync` goes through the event loop three more times for one call, to let others run and to be
cancelled in between. Here an admitted request has its thread already: there is one for each slot.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import Final, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

THREADS: Final = 40
"""As many as a server has slots (`Capacity.threads`): an admitted request never waits for one."""
_pool: Final = ThreadPoolExecutor(THREADS, thread_name_prefix="request")


async def in_thread(call: Callable[P, T], *given: P.args, **named: P.kwargs) -> T:
    """What a call returns that may wait; its log lines have the request's context."""
    inside = partial(copy_context().run, call, *given, **named)
    return await asyncio.get_running_loop().run_in_executor(_pool, inside)
