"""Every alarm has its page, and the page says of the alarm what the program says.

Does not prove that AWS measures what its metric's name says, nor that a page's advice helps.
"""

import json
import re

import pytest
import yaml

from handlers.jobs.reasons import FailureCode, WaitReason
from tests.contracts.objectives import COMPOSITE
from tests.contracts.objectives import told as told_of_objectives
from tests.contracts.runbooks import (
    ALARM,
    EVENT_RULE,
    FOLDER,
    INDEX,
    PAGES,
    ROOT,
    STACKS,
    all_commands,
    kind_of,
    spelled,
)

UNITS = {
    "ApproximateNumberOfMessagesVisible": "messages",
    "Errors": "errors",
    "FailedInvocations": "invocations",
    "HealthyHostCount": "hosts",
    "Invocations": "invocations",
    "OldestQueuedJobAge": "s",
    "OpenBreakers": "breakers",
}
COMPARED = {"GreaterThanThreshold": "greater than", "LessThanThreshold": "less than"}
SILENCE = {"breaching": "bad", "notBreaching": "good"}
HEADINGS = ["Meaning", "Impact", "Diagnosis", "Mitigation", "When it is over", "Prevention"]
ROW = re.compile(r"^\| `(\w+)` \| (.+) \| ([123]) \| \[(\w+)\]\((\w+)\.md\) \|$", re.MULTILINE)
LONGEST = 60


def burns(alarm) -> bool:
    """Whether an alarm is on an error budget; the alarm that combines it tells of it."""
    return any(query["id"] == "burn" for query in alarm.inputs.get("metricQueries") or [])


def sentence(alarm) -> str:
    """When an alarm rings, in the words of every page."""
    values = alarm.inputs
    queries = values.get("metricQueries") or []
    measured = queries[0]["metric"] if queries else {**values, "stat": values["statistic"]}
    silence = f"is {SILENCE[values['treatMissingData']]}"
    return (
        f"Rings when `{measured['namespace']}` `{measured['metricName']}`, {measured['stat'].lower()} over "
        f"{measured['period']:g} s, is {COMPARED[values['comparisonOperator']]} {values['threshold']:g} "
        f"({UNITS[measured['metricName']]}) in {values['evaluationPeriods']:g} of "
        f"{values.get('datapointsToAlarm', values['evaluationPeriods']):g} periods; "
        f"no data {'counts as 0' if queries else silence}."
    )


@pytest.mark.parametrize("stack", STACKS)
def test_every_alarm_leads_to_a_page_that_says_when_it_rings(program, stack) -> None:
    alarms = [one for one in program(stack).of(ALARM) if not burns(one)]
    assert len(alarms) > 12
    for alarm in alarms:
        page = FOLDER / f"{kind_of(alarm)}.md"
        assert page.is_file(), f"{alarm.name} has no page {page.name}"
        assert sentence(alarm) in page.read_text(), f"{page.name} does not say: {sentence(alarm)}"


@pytest.mark.parametrize("stack", STACKS)
def test_every_alarm_on_objectives_leads_to_a_page_that_says_what_burns_and_how_fast(program, stack) -> None:
    world = program(stack)
    composites = world.of(COMPOSITE)
    assert len(composites) > 8
    for composite in composites:
        page = FOLDER / f"{kind_of(composite)}.md"
        text = re.sub(r"\s+", " ", page.read_text())
        for said in told_of_objectives(world, composite, stack):
            assert said in text, f"{page.name} does not say: {said}"


@pytest.mark.parametrize("stack", STACKS)
def test_an_alarm_tells_the_topic_of_its_severity(program, stack) -> None:
    """A page of severity 1 has alarms that cannot wait; its slow objectives are tickets all the same."""
    world = program(stack)
    for alarm in (*world.of(ALARM), *world.of(COMPOSITE)):
        for topic in alarm.inputs.get("alarmActions") or []:
            first_line = (FOLDER / f"{kind_of(alarm)}.md").read_text().split("## ", 1)[0]
            slow = alarm.inputs.get("alarmName", "").startswith(f"clip-it-{stack}-ticket-")
            urgent = "Severity 1" in first_line and not slow
            assert topic.endswith("-tickets") is not urgent, alarm.name


def told(rule) -> str:
    """When an event rings, in the words of every page."""
    pattern = json.loads(rule.inputs["eventPattern"])
    kinds = " or ".join(f"`{kind}`" for kind in pattern["detail-type"])
    names = "".join(f" with `eventName` `{name}`" for name in pattern["detail"].get("eventName", []))
    return f"Rings when AWS reports {kinds}{names}"


@pytest.mark.parametrize("stack", STACKS)
def test_every_event_that_rings_leads_to_a_page_that_says_which_it_is(program, stack) -> None:
    rules = program(stack).of(EVENT_RULE)
    assert {kind_of(rule) for rule in rules} == {"ApiDeploymentFailed", "FleetRefreshStopped"}
    for rule in rules:
        assert told(rule) in (FOLDER / f"{kind_of(rule)}.md").read_text()


@pytest.mark.parametrize("stack", STACKS)
def test_the_link_of_an_alarm_is_the_folder_of_the_stack_file_and_the_page(program, stack) -> None:
    folder = yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text())["config"]["clip-it:alarms"][
        "runbooks_url"
    ]
    for alarm in program(stack).of(ALARM):
        assert alarm.inputs["alarmDescription"].endswith(f" Runbook: {folder}/{kind_of(alarm)}.md")
    for rule in program(stack).of(EVENT_RULE):
        assert rule.inputs["description"].endswith(f" Runbook: {folder}/{kind_of(rule)}.md")


@pytest.mark.parametrize("stack", STACKS)
def test_there_is_no_page_without_an_alarm_and_no_file_that_is_no_page(program, stack) -> None:
    world = program(stack)
    kinds = {kind_of(rings) for rings in (*world.of(ALARM), *world.of(COMPOSITE), *world.of(EVENT_RULE))}
    assert {path.name for path in PAGES} == {f"{kind}.md" for kind in kinds}


def test_the_index_lists_every_page_once_with_the_severity_that_the_page_states() -> None:
    rows = ROW.findall(INDEX.read_text())
    assert sorted(row[0] for row in rows) == [path.stem for path in PAGES]
    for alarm, _, severity, text, target in rows:
        assert alarm == text == target
        assert f"Severity {severity}" in (FOLDER / f"{alarm}.md").read_text().split("## ", 1)[0], alarm


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_is_short_and_has_the_parts_of_a_runbook_in_their_order(page) -> None:
    text = page.read_text()
    assert text.startswith(f"# {page.stem}\n")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == HEADINGS
    assert len(text.splitlines()) <= LONGEST
    assert "[the shell](README.md#the-shell)" in text
    assert not re.search(r"```bash\s*```|TODO|TBD", text), "a runbook with a hole is worse than none"


@pytest.mark.parametrize("stack", STACKS)
def test_a_page_asks_for_the_state_of_its_own_alarms(program, stack) -> None:
    world = program(stack)
    for page in PAGES:
        rings = [one for one in (*world.of(ALARM), *world.of(COMPOSITE)) if one.inputs.get("alarmActions")]
        names_of = {one.inputs.get("name") or one.inputs["alarmName"]: kind_of(one) for one in rings}
        own = {name for name, kind in names_of.items() if kind == page.stem}
        asked = [one.words[1] for one in all_commands() if one.page == page.name and one.name == "state"]
        names = [spelled(f"clip-it-$STACK-{name}", stack, world) for name in asked]
        assert own <= set().union(*names), page.name
        assert all(own & found for found in names), f"{page.name} asks for the state of another alarm"


def test_the_page_about_waiting_has_every_reason_that_a_waiting_render_is_told() -> None:
    text = (FOLDER / "RenderWaitsTooLong.md").read_text()
    assert [reason.value for reason in WaitReason if f"`{reason.value}`" not in text] == []


def test_the_page_about_dead_letters_has_every_reason_that_leaves_one() -> None:
    text = (FOLDER / "RenderDeadLetters.md").read_text()
    assert [code.value for code in FailureCode if not code.permanent and f"`{code.value}`" not in text] == []


@pytest.mark.parametrize("page", ["README.md", "docs/architecture.md"])
def test_readers_find_the_runbooks_where_they_look(page) -> None:
    assert re.search(r"\]\((docs/)?runbooks/README\.md\)", (ROOT / page).read_text())
