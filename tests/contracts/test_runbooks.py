"""Every alarm has its page, and the page says of the alarm what the program says.

Does not prove that AWS measures what its metric's name says, nor that a page's advice helps.
"""

import json
import re

import pytest
import yaml

from handlers.jobs.reasons import FailureCode, WaitReason
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
    "HTTPCode_ELB_5XX_Count": "answers",
    "HTTPCode_Target_5XX_Count": "answers",
    "HealthyHostCount": "hosts",
    "Invocations": "invocations",
    "IteratorAge": "ms",
    "OldestQueuedJobAge": "s",
    "OpenBreakers": "breakers",
    "UnHealthyHostCount": "hosts",
}
COMPARED = {"GreaterThanThreshold": "greater than", "LessThanThreshold": "less than"}
SILENCE = {"breaching": "bad", "notBreaching": "good"}
HEADINGS = ["Meaning", "Impact", "Diagnosis", "Mitigation", "When it is over", "Prevention"]
ROW = re.compile(r"^\| `(\w+)` \| (.+) \| ([123]) \| \[(\w+)\]\((\w+)\.md\) \|$", re.MULTILINE)
LONGEST = 60


def sentence(alarm) -> str:
    """When an alarm rings, in the words of every page."""
    values = alarm.inputs
    return (
        f"Rings when `{values['namespace']}` `{values['metricName']}`, {values['statistic'].lower()} over "
        f"{values['period']:g} s, is {COMPARED[values['comparisonOperator']]} {values['threshold']:g} "
        f"({UNITS[values['metricName']]}) in {values['evaluationPeriods']:g} of "
        f"{values.get('datapointsToAlarm', values['evaluationPeriods']):g} periods; "
        f"no data is {SILENCE[values['treatMissingData']]}."
    )


@pytest.mark.parametrize("stack", STACKS)
def test_every_alarm_leads_to_a_page_that_says_when_it_rings(program, stack) -> None:
    alarms = program(stack).of(ALARM)
    assert len(alarms) > 15
    for alarm in alarms:
        page = FOLDER / f"{kind_of(alarm)}.md"
        assert page.is_file(), f"{alarm.name} has no page {page.name}"
        assert sentence(alarm) in page.read_text(), f"{page.name} does not say: {sentence(alarm)}"


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
    kinds = {kind_of(rings) for rings in (*world.of(ALARM), *world.of(EVENT_RULE))}
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
        own = {one.inputs["name"] for one in world.of(ALARM) if kind_of(one) == page.stem}
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
