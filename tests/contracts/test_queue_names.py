"""The two queues of a fleet have the names from which handlers derive one from the other."""

import pytest

from components.naming import Naming
from components.naming.fleet_names import FleetNames
from handlers.jobs.messages.render_queue import url_for
from handlers.jobs.model import Priority

STACKS = ["local", "dev", "prod"]


@pytest.mark.parametrize("stack", STACKS)
def test_the_queue_of_bulk_renders_is_where_handlers_look_for_it(program, stack) -> None:
    deployed = program(stack)
    names = {queue.inputs["name"] for queue in deployed.of("aws:sqs/queue:Queue")}
    fleets = [name for name in names if name.endswith("-renders")]
    assert fleets
    for name in fleets:
        assert url_for(name, Priority.NORMAL) == name
        assert url_for(name, Priority.BULK) in names


def test_both_queues_of_a_fleet_share_one_dead_letter_queue_and_all_settings(program) -> None:
    queues = {queue.inputs["name"]: queue.inputs for queue in program("dev").of("aws:sqs/queue:Queue")}
    for name in [one for one in queues if one.endswith("-renders")]:
        first, second = dict(queues[name]), dict(queues[url_for(name, Priority.BULK)])
        assert first.pop("name") != second.pop("name")
        assert first == second


def test_what_is_granted_is_granted_for_both() -> None:
    naming = Naming(environment="dev", owner="team", region="eu-central-1", account_id="111122223333")
    names = FleetNames.of(naming, "cpu")
    assert names.queue_arns == (
        "arn:aws:sqs:eu-central-1:111122223333:clip-it-dev-cpu-renders",
        "arn:aws:sqs:eu-central-1:111122223333:clip-it-dev-cpu-renders-bulk",
    )
