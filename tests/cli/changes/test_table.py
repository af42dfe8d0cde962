"""What a change of a setting does, by the program and the facts, and that the page says the same.

Does not prove what AWS does: `local/provider/replacements.json` says how the facts were measured. The tests
marked `changes` try every setting (`make test-changes`), the others a few.
"""

from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path

import pytest

from cli.changes import table
from cli.changes.alternatives import Sections, alternative, leaves
from cli.changes.command import sections_of
from cli.changes.deployment import Deployment, deployment
from cli.changes.effects import LASTING, Effects, effects, type_of
from cli.changes.page import PAGE, STACK, parts
from cli.changes.table import Row, one_fleet_more, replaced_for_good
from cli.preview import program
from cli.preview.registered import Registered
from local.provider.replacements import FACTS

ROOT = Path(__file__).parents[3]
FIELDS = dict(leaves())
FLEET = "cpu"
SOME = ("network.cidr", "renders.job_timeout_seconds", "fleets.<name>.volume_gib")


@pytest.fixture(scope="module")
def sections() -> Sections:
    program.keep_bytecode()
    return sections_of(ROOT, STACK)


@pytest.fixture(scope="module")
def before(sections: Sections) -> Deployment:
    return deployment(ROOT, STACK, sections)


def listed() -> list[str]:
    """The rows of the page."""
    return parts(PAGE.read_text(encoding="utf-8"))[1].splitlines()[2:]


def in_markdown(row: Row) -> str:
    return table.as_markdown([row]).splitlines()[-1]


def found(before: Deployment, sections: Sections, path: str) -> Row:
    return table.row(before, ROOT, STACK, alternative(sections, path, FIELDS[path], FLEET))


@pytest.mark.short_form(1)
@pytest.mark.parametrize("path", SOME)
def test_the_page_says_what_a_change_of_a_setting_does(
    path: str, before: Deployment, sections: Sections
) -> None:
    row = found(before, sections, path)

    assert in_markdown(row) in listed()
    assert row.effects is None or replaced_for_good(row.effects) == []


def test_the_page_has_a_row_for_every_setting() -> None:
    rows = [line.split("`")[1] for line in listed()]

    assert rows == [*FIELDS, table.FLEET_ADDED, table.FLEET_REMOVED]


@pytest.mark.short_form(5)
@pytest.mark.parametrize("stack", [STACK, "local"])
@pytest.mark.parametrize("path", FIELDS)
def test_another_value_is_found_for_every_setting(path: str, stack: str) -> None:
    sections = deepcopy(sections_of(ROOT, stack))
    sections["fleets"].setdefault("gpu", sections["fleets"][FLEET])
    given = deepcopy(sections)
    changed = alternative(sections, path, FIELDS[path], FLEET)

    assert changed.sections != sections
    assert sections == given


@pytest.mark.changes
@pytest.mark.timeout(900)
def test_the_page_is_the_table_that_the_program_makes(sections: Sections) -> None:
    rows = [*table.rows(ROOT, STACK, sections)]

    assert [in_markdown(row) for row in rows] == listed()
    assert {
        row.setting: held for row in rows if row.effects and (held := replaced_for_good(row.effects))
    } == {}


@pytest.mark.long
def test_a_longer_run_of_a_job_moves_no_deadline(before: Deployment, sections: Sections) -> None:
    row = found(before, sections, "renders.job_timeout_seconds")

    assert row.effects is not None
    # What instances are told, and with it the template that rolls them; no hook and no queue.
    assert {type_of(urn) for urn in row.effects.updated} == {
        "aws:autoscaling/group:Group",
        "aws:ec2/launchTemplate:LaunchTemplate",
        "aws:ssm/parameter:Parameter",
    }
    assert row.effects.created | row.effects.deleted | row.effects.replaced == set()


@pytest.mark.long
def test_the_deadlines_of_a_fleet_change_its_hooks_and_not_its_group(
    before: Deployment, sections: Sections
) -> None:
    row = found(before, sections, "fleets.<name>.drain_deadline_seconds")

    assert row.effects is not None
    assert {type_of(urn) for urn in row.effects.updated} == {"aws:autoscaling/lifecycleHook:LifecycleHook"}


@pytest.mark.long
def test_another_fleet_touches_nothing_of_the_first_that_holds_data_or_work(
    before: Deployment, sections: Sections
) -> None:
    row = table.row(before, ROOT, STACK, one_fleet_more(sections, FLEET))

    assert row.effects is not None
    assert in_markdown(row) in listed()
    assert replaced_for_good(row.effects) == []


def registered(urn_type: str, name: str, inputs: Mapping[str, object], **more: object) -> Registered:
    given = {"urn": f"urn:pulumi:s::p::{urn_type}::{name}", "type": urn_type, "name": name, "parent": ""}
    return Registered(**{**given, "custom": True, "inputs": dict(inputs), "outputs": {}, **more})  # type: ignore[arg-type]


QUEUE, POLICY = "aws:sqs/queue:Queue", "aws:sqs/queuePolicy:QueuePolicy"


def test_what_depends_on_a_replaced_resource_changes_with_it() -> None:
    queue = registered(QUEUE, "q", {"fifoQueue": False})
    policy = registered(POLICY, "p", {"queueUrl": "u"}, property_dependencies={"queueUrl": (queue.urn,)})
    other = registered(QUEUE, "q", {"fifoQueue": True})

    said = effects([queue, policy], [other, policy])

    assert said.replaced == {queue.urn, policy.urn}
    assert replaced_for_good(said) == [QUEUE]


def test_an_ignored_property_changes_nothing() -> None:
    ignored = {"ignore_changes": ("initialLifecycleHooks",)}
    group = "aws:autoscaling/group:Group"
    old = registered(group, "g", {"initialLifecycleHooks": [{"heartbeatTimeout": 60}]}, **ignored)
    new = registered(group, "g", {"initialLifecycleHooks": [{"heartbeatTimeout": 90}]}, **ignored)

    assert effects([old], [new]) == Effects(
        created=frozenset(),
        deleted=frozenset(),
        replaced=frozenset(),
        updated=frozenset(),
        rolling=frozenset(),
    )


def test_everything_that_lasts_is_known_to_the_facts() -> None:
    assert set(FACTS) >= LASTING
