"""What the runbooks tell one to type exists: AWS's operations and options, our names and commands.

Does not prove what AWS answers, nor that an operator's role may ask.
"""

import re
import warnings
from functools import cache
from typing import Any

import botocore.session
import jmespath
import pytest
from botocore import xform_name
from botocore.model import OperationModel

from tests.commands import command_of
from tests.contracts.runbooks import ALARM, INDEX, STACKS, Command, all_commands, spelled

# Options that the AWS CLI itself has for every operation, or for every one that pages.
OF_THE_CLI = frozenset(
    {"output", "query", "max-items", "page-size", "starting-token", "paginate", "region", "profile"}
)
# Members that have another name as an option (aws-cli, customizations/argrename.py).
RENAMED = {("sns", "subscribe", "endpoint"): "notification-endpoint"}
# The functions of the index, and programs that a shell has.
HELPERS = {"replaced": 0, "queue": 1, "state": 1, "metric": 5, "insights": 2}
OTHERS = frozenset(
    {
        "AWS_PAGER=",
        "pulumi",
        "curl",
        "echo",
        "grep",
        "sleep",
        "[",
        "return",
        "done",
        "date",
        ".",
        "insights",
    }
)
NAME = re.compile(r"^/?(?:aws/lambda/|ecs/)?clip-it[-/]\$STACK[-/\w$]*$")
VARIABLE = re.compile(r"\$\{?\w+(?:#[^}]*)?\}?")
COMMANDS = all_commands()
AWS = [one for one in COMMANDS if one.name == "aws"]


@cache
def operations(service: str) -> dict[str, OperationModel]:
    # The CLI's own `s3` is for files; what the API has is called `s3api` there.
    model = botocore.session.get_session().get_service_model("s3" if service == "s3api" else service)
    return {xform_name(name, "-"): model.operation_model(name) for name in model.operation_names}


def options(command: Command) -> tuple[dict[str, list[str]], list[str]]:
    """The options with their values, and what belongs to none."""
    given: dict[str, list[str]] = {}
    loose: list[str] = []
    for word in command.words[3:]:
        if word.startswith("--"):
            given[word[2:]] = []
        elif given:
            given[list(given)[-1]].append(word)
        else:
            loose.append(word)
    return given, loose


def mistakes(command: Command) -> list[str]:
    """What the AWS CLI would refuse before it calls anybody."""
    service, operation, *_ = (*command.words[1:], "", "")
    if operation not in operations(service):
        return [f"{service} has no operation {operation}"]
    model = operations(service)[operation]
    members = dict(model.input_shape.members) if model.input_shape else {}

    def spelled_out(member: str) -> str:
        name = xform_name(member, "-")
        return RENAMED.get((service, operation, name), name)

    shapes = {spelled_out(name): shape for name, shape in members.items()}
    required = {spelled_out(name) for name in (model.input_shape.required_members if members else [])}
    given, loose = options(command)
    known = {*shapes, *OF_THE_CLI}
    found = [f"{name} is no option" for name in given if name.removeprefix("no-") not in known]
    missing = required - {name.removeprefix("no-") for name in given}
    found += [f"{name} is missing" for name in sorted(missing)]
    for name, values in given.items():
        shape = shapes.get(name)
        several = shape is not None and shape.type_name in {"list", "map"}
        if not several and len(values) > 1:
            # A payload is written to the file that is named last.
            loose += values[1:]
        a_flag = name.startswith("no-") or (shape is not None and shape.type_name == "boolean")
        if not a_flag and not values:
            found.append(f"{name} has no value")
        inner = shape.member if shape is not None and shape.type_name == "list" else shape
        allowed = getattr(inner, "enum", [])
        literal = [one for one in values[:1] if not VARIABLE.search(one)]
        found += [f"{name} may not be {one}" for one in literal if allowed and one not in allowed]
    files = 1 if model.has_streaming_output else 0
    if len(loose) != files:
        found.append(f"{len(loose)} words belong to no option, {files} should")
    if "query" in given:
        with warnings.catch_warnings():
            # A literal without its quotes is deprecated.
            warnings.simplefilter("error")
            jmespath.compile(VARIABLE.sub("Value", given["query"][0]))
    return found


@pytest.mark.parametrize("command", AWS, ids=str)
def test_aws_knows_the_operation_and_its_options(command: Command) -> None:
    assert mistakes(command) == []


# API reference of Auto Scaling, `DescribeScalingActivities`: sorted by start time, the newest first.
NEWEST_FIRST = {"describe-scaling-activities"}


def disorders(command: Command) -> list[str]:
    """What would show the wrong items of a list that comes in pages."""
    service, operation = command.words[1:3]
    given, _ = options(command)
    model = operations(service)[operation]
    pages = botocore.session.get_session().get_paginator_model("s3" if service == "s3api" else service)
    try:
        pages.get_paginator(model.name)
    except ValueError:
        return []
    found = []
    if "max-items" in given and operation not in NEWEST_FIRST:
        found.append("max-items takes the first ones of an order that AWS does not state")
    query = "".join(given.get("query", []))
    if re.search(r"\[:\d+\]", query) and "reverse(sort_by(" not in query and operation not in NEWEST_FIRST:
        found.append("a slice takes the first ones of an order that AWS does not state, or the oldest")
    if "sort_by(" in query and given.get("output") != ["json"]:
        # AWS CLI user guide, "Filter command output": with text the query is applied to each page by itself.
        found.append("a query that sorts needs --output json")
    return found


@pytest.mark.short_form(5)
@pytest.mark.parametrize("command", AWS, ids=str)
def test_a_command_shows_the_newest_of_all_pages(command: Command) -> None:
    assert disorders(command) == []


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("ecs list-tasks --max-items 5", "max-items takes the first"),
        ("s3api list-objects-v2 --bucket b --query sort_by(Contents,&Key)", "needs --output json"),
        ("ecs list-tasks --query taskArns[:3]", "a slice takes the first ones"),
        (
            "s3api list-objects-v2 --bucket b --query sort_by(Contents,&Key)[:5] --output json",
            "or the oldest",
        ),
    ],
)
def test_a_command_that_takes_one_page_for_all_is_found(line: str, said: str) -> None:
    (found,) = disorders(Command(page="", words=("aws", *line.split())))
    assert said in found


def test_the_pages_hold_commands_of_many_kinds() -> None:
    assert len(AWS) > 40
    assert {"aws", "clipit", "pulumi", *HELPERS} <= {one.name for one in COMMANDS}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("sqs purge-queues --queue-url u", "sqs has no operation purge-queues"),
        ("sqs purge-queue --url u", "url is no option; queue-url is missing"),
        ("sqs purge-queue --queue-url u v", "1 words belong to no option, 0 should"),
        ("lambda invoke --function-name f", "0 words belong to no option, 1 should"),
        ("cloudwatch describe-alarms --state-value BAD", "state-value may not be BAD"),
    ],
)
def test_a_command_that_aws_would_refuse_is_found(line: str, said: str) -> None:
    assert mistakes(Command(page="", words=("aws", *line.split()))) == said.split("; ")


@pytest.mark.parametrize("command", [one for one in COMMANDS if one.name == "clipit"], ids=str)
def test_clipit_has_the_command_with_these_options_and_arguments(command: Command) -> None:
    known, words = command_of(command.words[1:])
    context = known.make_context(str(command), words, resilient_parsing=False)
    assert context.params


def test_every_other_command_is_a_helper_with_its_arguments_or_a_known_program() -> None:
    for one in COMMANDS:
        if one.name in HELPERS:
            assert len(one.words) == HELPERS[one.name] + 1 or one.page == INDEX.name, one
        else:
            assert one.name in {"aws", "clipit", *OTHERS}, one


@pytest.mark.parametrize("stack", STACKS)
def test_every_name_on_the_pages_is_a_name_of_the_program(program, stack) -> None:
    world = program(stack)
    keys = ("name", "associationName", "bucket")
    names = {one.inputs[key] for one in world.resources for key in keys if key in one.inputs}
    seen = 0
    for one in COMMANDS:
        for word in one.words:
            named = f"clip-it-$STACK-{word}" if one.name == "queue" and word != "queue" else word
            if NAME.match(named) and not re.search(r"-(\$1)?$", named):
                seen += 1
                assert spelled(named, stack, world) & names, f"{stack}: {one}: {named}"
    assert seen > 50


@pytest.mark.parametrize("stack", STACKS)
def test_every_output_on_the_pages_is_one_of_the_program(program, stack) -> None:
    outputs = [one.words[-1] for one in COMMANDS if one.words[:3] == ("pulumi", "stack", "output")]
    assert len(outputs) > 4
    assert set(outputs) <= set(program(stack).exports)


def measurements(alarm) -> list[dict[str, Any]]:
    """The metrics of an alarm, or of its expression."""
    queries = alarm.inputs.get("metricQueries") or []
    return [query["metric"] for query in queries if query.get("metric")] or [alarm.inputs]


def test_a_graph_of_the_pages_is_over_dimensions_that_the_metric_has(program) -> None:
    """AWS answers a metric with other dimensions than its own by nothing at all, and no error."""
    of_alarms = {
        (measured["namespace"], name)
        for one in program("prod").of(ALARM)
        for measured in measurements(one)
        for name in measured["dimensions"]
    }
    # DynamoDB developer guide, "DynamoDB metrics and dimensions"; ECS developer guide, "CloudWatch metrics".
    elsewhere = {("AWS/DynamoDB", "TableName"), ("AWS/ECS", "ClusterName")}
    asked = {(one.words[1], one.words[4]) for one in COMMANDS if one.name == "metric" and len(one.words) == 6}
    assert asked
    assert asked <= of_alarms | elsewhere
