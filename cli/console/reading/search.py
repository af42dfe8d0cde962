"""What a search means: a render's id, its trace id, or the id of the request that submitted it."""

import re
import time
from collections.abc import Callable

from cli.stack_place import StackPlace
from cli.trace.calls import Calls
from cli.trace.logs import Logs, Span
from handlers.jobs.ids import JOB_ID, job_id_of
from handlers.jobs.store import keys
from handlers.jobs.store.table import Table

SEARCHED = "a render's id (r_...), its trace id (32 hexadecimal digits), or the id of a request"
DAY_S = 86_400.0
"""How far back requests are looked for."""
REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""What the job server takes as the id of a request; it has no quotes, so that it fits into a query."""
_TRACE_ID = re.compile(r"[0-9a-f]{32}")


def render_named_by(text: str) -> str | None:
    """The id of the render that a text names by its own id or by its trace id; None for anything else."""
    wanted = text.strip().lower()
    if JOB_ID.fullmatch(wanted):
        return wanted
    return job_id_of(int(wanted, 16)) if _TRACE_ID.fullmatch(wanted) else None


def is_there(render: str, place: StackPlace, calls: Calls) -> bool:
    """Whether the table has the render."""
    return Table(calls.dynamodb(), place.store.table).get(keys.job(render)) is not None


def render_of_request(
    request_id: str,
    place: StackPlace,
    calls: Calls,
    now: float,
    sleep: Callable[[float], None] = time.sleep,
) -> str | None:
    """The render that a request of the last day was about.

    Raises:
        LateQueryError: Logs Insights was too slow.
    """
    lines = Logs(client=calls.logs(), sleep=sleep).last_lines(
        f'request_id = "{request_id}"', [place.server_logs], Span(began=now - DAY_S, ended=now)
    )
    renders = (line.text("job") for line in lines if line.text("request_id") == request_id)
    return next((one for one in renders if one and JOB_ID.fullmatch(one)), None)
