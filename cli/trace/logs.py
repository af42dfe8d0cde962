"""The log lines of a render, by two bounded queries of Logs Insights."""

import json
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cli.trace.facts import Field, Line, ScalerDecision
from handlers.jobs.store.reading import LAST_TIME

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_logs.type_defs import ResultFieldTypeDef

MOST_LINES = 1000
PAUSES_S = (0.5, 1.0, 2.0, 4.0)
"""Before each look at the answer; a query of a few groups and hours takes a second or two."""

BOOT_EVENTS = ("agent_started", "registered", "launch_completed", "draining", "quarantined", "agent_failed")
"""What an agent says of itself, also when it has no render."""
BOOT_FAILED = "boot_failed"
"""What a scaler says of an instance that it replaces before it was in service."""

_NO_READ = 'not ispresent(method) or method != "GET" or status >= 400'
"""No successful read by the customer: thousands of those would leave no room for anything else.

Only requests have a method. Nothing else is negated, because what AWS makes of a missing field then is not
documented.
"""


class LateQueryError(Exception):
    """The query had no result in time."""


@dataclass(frozen=True, kw_only=True)
class Span:
    """A range of time, in seconds."""

    began: float
    ended: float


def _unheard(_: float) -> None:
    """For whoever does not count."""


@dataclass(frozen=True, kw_only=True)
class Logs:
    """Asks Logs Insights."""

    client: "CloudWatchLogsClient"
    sleep: Callable[[float], None] = time.sleep
    scanned: Callable[[float], None] = _unheard
    """Called with the bytes that a query has read; AWS charges for these."""

    def of_job(self, job_id: str, instances: Collection[str], groups: list[str], span: Span) -> list[Line]:
        """The lines about a job but for its customer's looks at it, and those about the boots of instances.

        Raises:
            LateQueryError: There was no result in time.
        """
        about = f'job = "{job_id}"'
        if instances:
            booting = f'event in [{_listed(BOOT_EVENTS)}] or message = "{BOOT_FAILED}"'
            about += f" or (({booting}) and instance in [{_listed(sorted(instances))}])"
        query = (
            f"fields @timestamp, @message | filter ({about}) "
            f"and ({_NO_READ}) | sort @timestamp asc | limit {MOST_LINES}"
        )
        found = [line for row in self._rows(groups, query, span) if (line := _line(row))]
        return [
            line
            for line in found
            if line.text("job") == job_id
            or (line.event in {*BOOT_EVENTS, BOOT_FAILED} and line.text("instance") in instances)
        ]

    def of_instance(self, instance: str, groups: list[str], span: Span) -> list[Line]:
        """Every line of the agent on an instance.

        Raises:
            LateQueryError: There was no result in time.
        """
        query = (
            f'fields @timestamp, @message | filter instance = "{instance}" '
            f"| sort @timestamp asc | limit {MOST_LINES}"
        )
        found = [line for row in self._rows(groups, query, span) if (line := _line(row))]
        return [line for line in found if line.text("instance") == instance]

    def last_lines(self, test: str, groups: list[str], span: Span) -> list[Line]:
        """The last lines that pass a test of Logs Insights, the latest first.

        Raises:
            LateQueryError: There was no result in time.
        """
        query = f"fields @timestamp, @message | filter {test} | sort @timestamp desc | limit {MOST_LINES}"
        return [line for row in self._rows(groups, query, span) if (line := _line(row))]

    def of_scaler(self, group: str, span: Span) -> list[ScalerDecision]:
        """What a fleet's scaler decided; its lines are too long to be read whole.

        Raises:
            LateQueryError: There was no result in time.
        """
        query = (
            'filter message = "scaler_decided" | sort @timestamp asc '
            f"| limit {MOST_LINES} | display @timestamp, message, queued, desired, code, reason"
        )
        return [
            ScalerDecision(
                at=_seconds(row.get("@timestamp", "")),
                before=None,
                desired=int(float(row["desired"])),
                queued=int(float(row["queued"])),
                code=row["code"],
                reason=row["reason"],
            )
            for row in self._rows([group], query, span)
            if row.keys() >= {"desired", "queued", "code", "reason"}
        ]

    def _rows(self, groups: list[str], query: str, span: Span) -> Iterator[Mapping[str, str]]:
        started = self.client.start_query(
            logGroupNames=groups,
            queryString=query,
            startTime=int(span.began),
            endTime=int(span.ended) + 1,
        )
        for pause in PAUSES_S:
            self.sleep(pause)
            answer = self.client.get_query_results(queryId=started["queryId"])
            if answer["status"] == "Complete":
                self.scanned(answer.get("statistics", {}).get("bytesScanned", 0.0))
                yield from map(_row, answer["results"])
                return
            if answer["status"] not in {"Scheduled", "Running"}:
                raise LateQueryError(f"the query ended as {answer['status']}")
        raise LateQueryError(f"no result within {sum(PAUSES_S):g} s")


def _listed(texts: Iterable[str]) -> str:
    return ", ".join(f'"{text}"' for text in texts)


def _row(fields: "list[ResultFieldTypeDef]") -> dict[str, str]:
    return {one["field"]: one["value"] for one in fields if "field" in one and "value" in one}


def _line(row: Mapping[str, str]) -> Line | None:
    """A log line as the handlers write it; None for anything else in the group."""
    try:
        fields: Field = json.loads(row.get("@message", ""))
    except (ValueError, RecursionError):
        return None
    if not isinstance(fields, dict):
        return None
    event = fields.get("event") or fields.get("message")
    if not isinstance(event, str):
        return None
    line = Line(at=_seconds(row.get("@timestamp", "")), room=_room(fields), event=event, fields=fields)
    at = line.number("at")
    return line if at is None or not 0 <= at <= LAST_TIME else replace(line, at=at)


def _room(fields: Mapping[str, Field]) -> str:
    """Who wrote a line, by the fields that only this writer has."""
    if "request_id" in fields:
        return "job_server"
    return "render_agent" if "at" in fields else str(fields.get("service"))


def _seconds(text: str) -> float:
    """Insights writes UTC without saying so: `2026-01-02 03:04:05.678`."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()
    except ValueError:
        return 0.0
