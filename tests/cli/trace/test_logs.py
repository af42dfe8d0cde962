"""What a trace asks of the logs, run as Logs Insights runs it."""

import json
from collections.abc import Mapping

from cli.trace.logs import Logs, Span
from local.emulator.logs.fields import Row, discovered
from local.emulator.logs.insights import parse
from tests.cli.trace.story import RENDER

REQUEST = {"event": "request", "request_id": "q", "job": RENDER, "method": "GET", "status": 200}
LINES: tuple[Mapping[str, object], ...] = (
    {**REQUEST, "method": "POST", "status": 202},
    *({**REQUEST, "milliseconds": number} for number in range(3000)),
    {**REQUEST, "status": 503},
    {"event": "request", "request_id": "q", "job": "r_another", "method": "POST", "status": 202},
    *({"event": "agent_started", "instance": f"i-9{number}", "at": 1} for number in range(1500)),
    {"event": "agent_started", "instance": "i-1", "at": 1},
    {"message": "boot_failed", "service": "scaler", "instance": "i-1"},
    {"message": "boot_failed", "service": "scaler", "instance": "i-2"},
    {"event": "job_claimed", "instance": "i-1", "job": RENDER, "at": 2},
    {"message": "webhook_delivered", "service": "notifier", "job": RENDER},
)


class Insights:
    """Runs a query on the lines."""

    def start_query(self, *, queryString: str, **_: object) -> object:  # noqa: N803 - the API's name
        self.query = queryString
        return {"queryId": "one"}

    def get_query_results(self, **_: object) -> object:
        rows: list[Row] = [
            {"@timestamp": f"2026-01-01 00:00:{number:09.6f}", "@message": text, **discovered(text)}
            for number, text in enumerate(json.dumps(line) for line in LINES)
        ]
        found = parse(self.query).run(rows)
        return {
            "status": "Complete",
            "results": [
                [{"field": name, "value": str(value)} for name, value in row.items()] for row in found
            ],
        }


def test_a_customer_who_asks_every_moment_and_a_fleet_that_boots_hide_no_line_of_a_render() -> None:
    logs = Logs(client=Insights(), sleep=lambda _: None)  # type: ignore[arg-type]
    found = logs.of_job(RENDER, ["i-1"], ["group"], Span(began=0, ended=1))
    assert [(line.event, line.text("status")) for line in found] == [
        ("request", "202"),
        ("request", "503"),
        ("agent_started", None),
        ("boot_failed", None),
        ("job_claimed", None),
        ("webhook_delivered", None),
    ]


def test_a_render_without_an_instance_is_found_as_well() -> None:
    logs = Logs(client=Insights(), sleep=lambda _: None)  # type: ignore[arg-type]
    found = logs.of_job(RENDER, [], ["group"], Span(began=0, ended=1))
    assert [line.event for line in found] == ["request", "request", "job_claimed", "webhook_delivered"]
