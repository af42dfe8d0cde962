"""The queries of the runbooks ask for events and fields that the code writes, in log groups that there are.

Does not prove that Logs Insights takes the query, nor that the event is in the log at the time.
"""

import json
import logging
import re
from dataclasses import dataclass
from io import StringIO

import pytest
import structlog
from aws_lambda_powertools import Logger

from handlers.job_server import logs
from handlers.render_agent.logs import EventLog
from tests.contracts.log_events import EVERY, written
from tests.contracts.runbooks import STACKS, all_commands, spelled

# What the libraries add to each record; a test below asks them.
POWERTOOLS = {"level", "location", "message", "timestamp", "service", "exception", "exception_name"}
STRUCTLOG = {"level", "event", "timestamp", "exception"}
AGENT = {"at", "level", "event"}
# What Lambda itself writes: errors that a handler lets through, and a report of each invocation.
RUNTIME = {"errorType", "errorMessage", "record"}
# What Logs Insights adds to every log group of the standard class.
INSIGHTS = {"@timestamp", "@message", "@logStream"}
COMMANDS = {"filter", "sort", "limit", "display", "fields", "stats"}
WORDS = COMMANDS | {"desc", "asc", "count", "max", "by", "as", "in", "like", "and", "or", "ispresent"}
TEXT = re.compile(r'"[^"]*"|/[^/]*/')
EVENTS = re.compile(r'\b(message|event) (?:=|in) ("[^"]*"|\[[^\]]*\])')
ALIAS = re.compile(r"\bas (\w+)")
FIELD = re.compile(r"@?[A-Za-z_][\w.]*")


@dataclass(frozen=True)
class Query:
    """One query, the log group it asks and the page it stands on."""

    page: str
    group: str
    text: str

    @property
    def events(self) -> set[str]:
        return {name for _, given in EVENTS.findall(self.text) for name in re.findall(r'"([^"]*)"', given)}

    @property
    def fields(self) -> set[str]:
        bare = TEXT.sub(" ", self.text)
        names = {name.split(".")[0] for name in FIELD.findall(bare)}
        return names - WORDS - set(ALIAS.findall(bare)) - INSIGHTS


QUERIES = [
    Query(page=one.page, group=one.words[1], text=one.words[2])
    for one in all_commands()
    if one.name == "insights" and len(one.words) == 3
]


def rooms(query: Query, stack: str, world) -> set[str]:
    """The rooms under handlers/ that write into the query's log group."""
    groups = {one.inputs["name"] for one in world.of("aws:cloudwatch/logGroup:LogGroup")}
    asked = spelled(query.group, stack, world)
    assert asked <= groups, f"{query.page}: {asked - groups} is no log group"
    functions = {
        f"/aws/lambda/{one.inputs['name']}": one.inputs["handler"].split(".")[1]
        for one in world.of("aws:lambda/function:Function")
    }
    servers = dict.fromkeys((name for name in groups if name.startswith("/ecs/")), "job_server")
    agents = dict.fromkeys((name for name in groups if name.startswith("/clip-it/")), "render_agent")
    return {(functions | servers | agents)[name] for name in asked}


def always(room: str) -> set[str]:
    return {"job_server": STRUCTLOG, "render_agent": AGENT}.get(room, POWERTOOLS | RUNTIME)


@pytest.mark.short_form(5)
@pytest.mark.parametrize("stack", STACKS)
@pytest.mark.parametrize("query", QUERIES, ids=lambda query: f"{query.page}: {query.text[:60]}")
def test_a_query_asks_for_what_is_logged(program, query: Query, stack: str) -> None:
    for room in rooms(query, stack, program(stack)):
        events = written(room)
        assert query.events <= set(events), f"{room} never logs {sorted(query.events - set(events))}"
        wanted = query.events or set(events)
        named = set().union(*(events[one] for one in wanted), events.get(EVERY, set()))
        if "$FUNCTION" in query.group:
            named = set()
        assert query.fields <= named | always(room), f"{room} never writes {sorted(query.fields - named)}"


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: f"{query.page}: {query.text[:60]}")
def test_events_are_asked_for_by_the_name_that_the_room_gives_them(query: Query) -> None:
    keys = {key for key, _ in EVENTS.findall(query.text)}
    assert keys <= ({"message"} if query.group.startswith("/aws/lambda/") else {"event"})


def test_there_are_queries_on_most_pages_and_in_every_kind_of_log() -> None:
    assert len({query.page for query in QUERIES}) > 7
    assert {query.group.split("/")[1] for query in QUERIES} == {"aws", "ecs", "clip-it"}


def fail() -> None:
    raise LookupError("nothing there")


def test_functions_write_the_fields_that_their_library_adds() -> None:
    stream = StringIO()
    logger = Logger(service="contract", stream=stream)
    try:
        fail()
    except LookupError:
        logger.exception("it_failed", extra={"record": "1"})
    told = json.loads(stream.getvalue())
    assert set(told) >= POWERTOOLS | {"record"}
    assert (told["message"], told["level"], told["exception_name"]) == ("it_failed", "ERROR", "LookupError")


def test_the_job_server_writes_a_fault_with_its_type_and_value(capsys) -> None:
    before, root = structlog.get_config(), (logging.root.handlers[:], logging.root.level)
    try:
        logs.configure()
        try:
            fail()
        except LookupError:
            structlog.get_logger().exception("fault")
    finally:
        structlog.configure(**before)
        logging.root.handlers[:], logging.root.level = root
    told = json.loads(capsys.readouterr().out)
    assert set(told) >= STRUCTLOG
    assert (told["exception"][0]["exc_type"], told["exception"][0]["exc_value"]) == (
        "LookupError",
        "nothing there",
    )


def test_the_agent_writes_its_own_fields() -> None:
    stream = StringIO()
    EventLog(stream=stream, now=lambda: 1.0).say("it_happened")
    assert set(json.loads(stream.getvalue())) == AGENT
