"""The environment that the program gives each handler is the one that this handler reads, name by name."""

import json
from collections.abc import Callable, Iterator, Mapping

import pytest

from cli import environment
from handlers.job_server import settings as job_server
from handlers.notifier import settings as notifier
from handlers.render_agent import settings as render_agent
from handlers.scaler import settings as scaler
from handlers.sweeper import settings as sweeper
from local.stack.deployed import OPERATOR_VARIABLES

STACKS = ["local", "dev", "prod"]
FUNCTIONS = {"scaler": scaler.read, "sweeper": sweeper.read, "notifier": notifier.from_environment}
# Given by Lambda itself; a function may not set it.
BY_LAMBDA = {"AWS_REGION": "eu-central-1"}
# Read by the libraries and not by us.
OF_LIBRARIES = {"POWERTOOLS_SERVICE_NAME", "POWERTOOLS_METRICS_NAMESPACE", "POWERTOOLS_LOG_LEVEL"}
# Optional for the agent: where the instance metadata service is, when it is not at the usual address.
# Optional for the job server, and told by its image: the address to listen on, loopback without it.
# The user of engines is named by the unit, where there is systemd.
OPTIONAL = {"AWS_EC2_METADATA_SERVICE_ENDPOINT", "CLIPIT_HOST", "CLIPIT_RUN_ENGINE_AS"}


class Watched(Mapping[str, str]):
    """An environment that remembers which names were asked for."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self.values_, self.asked = values, set[str]()

    def __getitem__(self, key: str) -> str:
        self.asked.add(key)
        return self.values_[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.values_)

    def __len__(self) -> int:
        return len(self.values_)


def given_and_asked(
    given: Mapping[str, str], read: Callable[[Mapping[str, str]], object]
) -> tuple[set[str], set[str]]:
    watched = Watched(given)
    read(watched)
    return set(given) - OF_LIBRARIES, watched.asked - OPTIONAL


@pytest.mark.parametrize("stack", STACKS)
def test_each_function_reads_exactly_what_it_is_given(program, stack) -> None:
    functions = program(stack).of("aws:lambda/function:Function")
    packages = {function.inputs["handler"].split(".")[1] for function in functions}
    assert packages == set(FUNCTIONS)
    for function in functions:
        package = function.inputs["handler"].split(".")[1]
        given = function.inputs["environment"]["variables"]
        names, asked = given_and_asked({**given, **BY_LAMBDA}, FUNCTIONS[package])
        assert names == asked, package


@pytest.mark.parametrize("stack", STACKS)
def test_the_job_server_reads_exactly_what_its_container_is_given(program, stack) -> None:
    (task,) = program(stack).of("aws:ecs/taskDefinition:TaskDefinition")
    (container,) = json.loads(task.inputs["containerDefinitions"])
    given = {pair["name"]: pair["value"] for pair in container["environment"]}
    names, asked = given_and_asked(given, job_server.read)
    assert names == asked


@pytest.mark.parametrize("stack", STACKS)
def test_the_agent_reads_exactly_what_its_parameter_holds(program, stack) -> None:
    world = program(stack)
    parameters = [
        one
        for one in world.of("aws:ssm/parameter:Parameter")
        if one.inputs["name"].endswith("agent-environment")
    ]
    assert len(parameters) == len(world.of("aws:autoscaling/group:Group"))
    for parameter in parameters:
        given = dict(line.split("=", 1) for line in parameter.inputs["value"].splitlines())
        names, asked = given_and_asked(given, render_agent.from_environment)
        assert names == asked


@pytest.mark.parametrize("stack", STACKS)
@pytest.mark.parametrize("package", sorted(FUNCTIONS))
def test_a_function_names_whatever_is_missing(program, stack, package) -> None:
    function = next(
        one
        for one in program(stack).of("aws:lambda/function:Function")
        if one.inputs["handler"].split(".")[1] == package
    )
    given = {**function.inputs["environment"]["variables"], **BY_LAMBDA}
    for name in set(given) - OF_LIBRARIES:
        rest = {key: value for key, value in given.items() if key != name}
        with pytest.raises(ValueError, match=name):
            FUNCTIONS[package](rest)


def test_the_local_stack_knows_the_variables_of_an_operator_by_what_is_deployed(program) -> None:
    deployed = {
        name
        for function in program("local").of("aws:lambda/function:Function")
        for name in function.inputs["environment"]["variables"]
    }
    needed = {
        *(environment.TABLE, environment.QUEUE_URLS, environment.DEAD_LETTER_URLS),
        environment.WEBHOOK_SECRET_PREFIX,
    }
    assert needed == OPERATOR_VARIABLES
    assert deployed >= OPERATOR_VARIABLES
