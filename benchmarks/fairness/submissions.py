"""How long a tenant's submissions take while another attacks the same task of the API over HTTP."""

import asyncio
import contextlib
import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import TypeAlias

from benchmarks.fairness.served import ATTACKER, VICTIM
from handlers.jobs.ids import new_asset_id

FIREWALL_LIMIT, FIREWALL_SECONDS = 2_000, 300
"""Requests of one address that the firewall lets through (`components/parts/job_server/firewall.py`)."""
ADDRESSES = 30
ATTACK_PER_SECOND = ADDRESSES * FIREWALL_LIMIT / FIREWALL_SECONDS
AT_ONCE = 100
SLOW_BODIES = 60
VICTIM_PAUSE_SECONDS = 0.1
GIVEN_UP_SECONDS = 30.0
COMPOSITION = {"version": 1, "width": 64, "height": 64, "rate": 10}
MOST_ASSETS = 100
"""Of one composition: a picture in each of its scenes."""
ANNOUNCEMENT: dict[str, object] = {"content_type": "video/mp4", "size": 500_000_000}
CROWDED: dict[str, object] = {"composition": {"scenes": [[0] * 400 for _ in range(1_200)]}}
"""Most of a megabyte, which is refused for its number of values."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """The status of an answer and its JSON."""

    status: int
    body: dict[str, object]


@dataclass(kw_only=True)
class Line:
    """One connection to the server, opened again when it was closed."""

    port: int
    key: str
    streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = field(default=None)

    async def ask(self, method: str, path: str, body: object = None) -> Answer:
        """One request and its answer."""
        content = b"" if body is None else json.dumps(body).encode()
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: api\r\nAuthorization: Bearer {self.key}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
        )
        if self.streams is None:
            self.streams = await asyncio.open_connection("127.0.0.1", self.port)
        reader, writer = self.streams
        try:
            writer.write(head.encode() + content)
            await writer.drain()
            lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = dict(line.lower().split(": ", 1) for line in lines[1:] if line)
            answer = await reader.readexactly(int(headers.get("content-length", "0")))
        except (OSError, asyncio.IncompleteReadError):
            self.close()
            return Answer(status=0, body={})
        if headers.get("connection") == "close":
            self.close()
        return Answer(status=int(lines[0].split()[1]), body=json.loads(answer or b"{}"))

    def close(self) -> None:
        """End the connection."""
        if self.streams:
            self.streams[1].close()
        self.streams = None


Act: TypeAlias = Callable[[Line], Awaitable[None]]


def submission(*, assets: int = 1) -> dict[str, object]:
    """A render of so many files that nobody has looked for yet."""
    scenes = [{"duration_s": 1, "image": {"asset": new_asset_id(time.time())}} for _ in range(assets)]
    return {"composition": {**COMPOSITION, "scenes": scenes}, "webhook_url": "https://hooks.example.com/x"}


async def _submit(line: Line) -> None:
    await line.ask("POST", "/v1/renders", submission())


async def _submit_many_assets(line: Line) -> None:
    await line.ask("POST", "/v1/renders", submission(assets=MOST_ASSETS))


async def _submit_and_cancel(line: Line) -> None:
    accepted = await line.ask("POST", "/v1/renders", submission())
    if "id" in accepted.body:
        await line.ask("POST", f"/v1/renders/{accepted.body['id']}/cancel")


async def _announce(line: Line) -> None:
    await line.ask("POST", "/v1/assets", ANNOUNCEMENT)


async def _list(line: Line) -> None:
    """Reads a thousand renders to find none."""
    await line.ask("GET", "/v1/renders?state=failed&limit=100")


async def _crowd(line: Line) -> None:
    await line.ask("POST", "/v1/renders", CROWDED)


@dataclass(frozen=True, kw_only=True)
class Attack:
    """What one tenant does to the API, as often as the firewall lets it from all its addresses."""

    name: str
    act: Act


ATTACKS = (
    Attack(name="submits and cancels in a loop", act=_submit_and_cancel),
    Attack(name="floods with submissions", act=_submit),
    Attack(name="submits with a hundred assets each", act=_submit_many_assets),
    Attack(name="announces assets of 500 MB", act=_announce),
    Attack(name="lists a thousand renders for none", act=_list),
    Attack(name="sends megabytes of values", act=_crowd),
)
SLOW = "sends bodies byte by byte"


@contextmanager
def served() -> Iterator[tuple[int, dict[str, str]]]:
    """The port of a server of its own process, and the keys of both tenants."""
    child = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.fairness.served"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert child.stdout  # noqa: S101 - for the type
        found = json.loads(child.stdout.readline())
        yield int(found["port"]), dict(found["keys"])
    finally:
        child.communicate()


async def _victim(line: Line, seconds: float) -> list[float]:
    took, end = list[float](), time.perf_counter() + seconds
    while time.perf_counter() < end:
        began = time.perf_counter()
        while (await line.ask("POST", "/v1/renders", submission())).status != 202:  # noqa: PLR2004 - accepted
            if time.perf_counter() - began > GIVEN_UP_SECONDS:
                break
            await asyncio.sleep(VICTIM_PAUSE_SECONDS)
        took.append(time.perf_counter() - began)
        await asyncio.sleep(VICTIM_PAUSE_SECONDS)
    return took


async def _attack(act: Act, lines: list[Line]) -> None:
    """At the rate that the firewall allows, whatever the answers say."""
    free, acting = list(lines), set[asyncio.Task[None]]()

    async def once(line: Line) -> None:
        await act(line)
        free.append(line)

    while True:
        if free:
            task = asyncio.create_task(once(free.pop()))
            acting.add(task)
            task.add_done_callback(acting.discard)
        await asyncio.sleep(1 / ATTACK_PER_SECOND)


async def _drip(port: int, key: str) -> None:
    """Sends a byte of a body a second, and begins again when the connection was closed."""
    head = (
        f"POST /v1/renders HTTP/1.1\r\nHost: api\r\nAuthorization: Bearer {key}\r\n"
        "Content-Type: application/json\r\nContent-Length: 900000\r\n\r\n"
    )
    while True:
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(head.encode())
            while not writer.is_closing():
                writer.write(b" ")
                await writer.drain()
                await asyncio.sleep(1)
        await asyncio.sleep(1)


@asynccontextmanager
async def _beside(work: list[Awaitable[None]]) -> AsyncIterator[None]:
    tasks = [asyncio.ensure_future(one) for one in work]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def measure(attack: Attack | None, *, seconds: float, slow: bool = False) -> list[float]:
    """Seconds of each of the victim's submissions, on a server of its own."""
    with served() as (port, keys):

        async def both() -> list[float]:
            attackers = [Line(port=port, key=keys[ATTACKER]) for _ in range(AT_ONCE)]
            work: list[Awaitable[None]] = [_attack(attack.act, attackers)] if attack else []
            work += [_drip(port, keys[ATTACKER]) for _ in range(SLOW_BODIES if slow else 0)]
            line = Line(port=port, key=keys[VICTIM])
            await _victim(line, 0.5)
            async with _beside(work):
                await asyncio.sleep(min(2.0, seconds / 4))
                return await _victim(line, seconds)

        return asyncio.run(both())
