"""`clipit policy` and `clipit preview` from outside."""

import json
from pathlib import Path

import pytest
from guardrails.catalogue import RULES
from guardrails.pack import page
from typer.testing import CliRunner

from cli.exits import Exit
from cli.main import app
from cli.policy import check
from cli.preview import program

RUN = CliRunner()
ROOT = Path(__file__).parents[3]


def test_list_shows_every_rule_with_its_level_for_each_stack():
    shown = RUN.invoke(app, ["policy", "list"])
    lines = shown.stdout.splitlines()
    assert lines[0].split() == ["rule", "severity", "bootstrap", "dev", "local", "prod", "title"]
    assert [line.split()[0] for line in lines[1:-1]] == [rule.id for rule in RULES]
    assert lines[-1] == f"{len(RULES)} rules"


def test_list_as_json_can_be_read():
    rows = json.loads(RUN.invoke(app, ["policy", "list", "--json"]).stdout)
    assert {row["id"]: row["levels"]["prod"] for row in rows}["iam-no-star"] == "mandatory"


def test_explain_shows_what_why_and_how():
    shown = RUN.invoke(app, ["policy", "explain", "log-retention"]).stdout
    for part in ("## log-retention", "minimumDays", "CloudWatch.16", "Complies:", "aws.cloudwatch.LogGroup("):
        assert part in shown


def test_explain_of_an_unknown_rule_offers_the_nearest():
    shown = RUN.invoke(app, ["policy", "explain", "log-retentions"])
    assert (shown.exit_code, shown.stderr) == (
        Exit.USAGE,
        "clipit: there is no rule log-retentions; did you mean log-retention?\n",
    )


@pytest.mark.parametrize("command", [["policy", "check"], ["policy", "analyze", "--state", __file__]])
def test_an_unknown_stack_is_refused_with_the_known_ones(command: list[str]):
    shown = RUN.invoke(app, [*command, "--stack", "staging"])
    assert shown.exit_code == Exit.USAGE
    assert "known are bootstrap, dev, local, prod" in shown.stderr


@pytest.mark.timeout(180)
def test_check_judges_the_program_and_writes_each_report(tmp_path: Path):
    files = {kind: tmp_path / f"report.{kind}" for kind in ("markdown", "junit", "sarif")}
    options = [part for kind, path in files.items() for part in (f"--{kind}", str(path))]
    shown = RUN.invoke(app, ["policy", "check", "--stack", "dev", *options])
    assert shown.exit_code == Exit.OK, shown.output
    assert shown.stdout.splitlines()[-1].startswith("dev: passed; 0 violations, 0 undecided")
    assert all(path.stat().st_size for path in files.values())


def test_check_compares_the_levels_that_apply_with_those_of_the_base(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    for name in ("bootstrap", "prod"):
        path = tmp_path / "policy" / "levels" / f"{name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        stated = json.loads((ROOT / "policy/levels" / path.name).read_text())
        gone = {"a-rule-of-the-base": "mandatory"} if name == "bootstrap" else {}
        path.write_text(json.dumps({**stated, **gone}))
    judged = check.Judged(stack="prod", resources=(), policies=(), diagnostics=(), levels={})
    monkeypatch.setattr(check, "check", lambda _: judged)
    command = ["policy", "check", "--stack", "prod", "--base", str(tmp_path)]
    assert RUN.invoke(app, command).exit_code == Exit.OK
    shown = RUN.invoke(app, [*command, "--levels", "bootstrap"])
    assert shown.exit_code == Exit.REFUSED
    assert "weaker: a-rule-of-the-base was mandatory and is gone" in shown.stdout


def test_report_refuses_what_is_no_event_log(tmp_path: Path):
    path = tmp_path / "events"
    path.write_text("Previewing update")
    shown = RUN.invoke(app, ["policy", "report", "--event-log", str(path)])
    assert shown.exit_code == Exit.USAGE
    assert "not an event log" in shown.stderr


@pytest.mark.parametrize(
    "command", [["check"], ["analyze", "--state", __file__], ["report", "--event-log", __file__]]
)
def test_a_file_in_no_folder_is_refused_before_anything_is_judged(command: list[str], tmp_path: Path):
    shown = RUN.invoke(app, ["policy", *command, "--junit", str(tmp_path / "none" / "report.xml")])
    assert shown.exit_code == Exit.USAGE
    assert "there is no folder" in shown.stderr


def test_a_state_that_names_no_stack_asks_for_one(tmp_path: Path):
    path = tmp_path / "state.json"
    path.write_bytes(b"\xf2\x00")
    shown = RUN.invoke(app, ["policy", "analyze", "--state", str(path)])
    assert shown.exit_code == Exit.USAGE
    assert "names no stack" in shown.stderr


def test_a_stack_is_a_name_and_no_path():
    shown = RUN.invoke(app, ["policy", "check", "--stack", "../levels/dev"])
    assert shown.exit_code == Exit.USAGE
    assert "choose one with --stack" in shown.stderr


@pytest.mark.parametrize(
    ("exception", "code"),
    [(program.NoStackError("which"), Exit.USAGE), (program.ProgramError("broke"), Exit.FAILED)],
)
@pytest.mark.parametrize("command", [["preview"], ["policy", "check"]])
def test_a_program_that_breaks_is_no_mistake_of_the_one_who_asks(
    monkeypatch: pytest.MonkeyPatch, command: list[str], exception: Exception, code: Exit
):
    def breaks(*_arguments: object) -> None:
        raise exception

    monkeypatch.setattr(program, "record", breaks)
    monkeypatch.setattr(check, "record", breaks)
    shown = RUN.invoke(app, command)
    assert (shown.exit_code, shown.stderr) == (code, f"clipit: {exception}\n")


def test_report_ends_with_refusal_when_the_log_holds_a_violation(tmp_path: Path):
    path = tmp_path / "events.jsonl"
    said = {"policyName": "sqs-sse", "enforcementLevel": "mandatory", "message": "a\nb"}
    end = {"PolicyPacks": {"clip-it": "1.0.0"}, "result": "failed"}
    path.write_text(f"{json.dumps({'policyEvent': said})}\n{json.dumps({'summaryEvent': end})}\n")
    shown = RUN.invoke(app, ["policy", "report", "--event-log", str(path), "--stack", "prod"])
    assert shown.exit_code == Exit.REFUSED
    assert shown.stdout.startswith("violation: sqs-sse")


def test_the_catalogue_pages_match_the_rules():
    made = {page.DOCS / path: text for path, text in page.pages().items()}
    assert {path: path.read_text() for path in made} == made, "run `make policy-page`"
    assert set((page.DOCS / page.FOLDER).glob("*.md")) < set(made)


def test_the_page_gives_each_rule_an_anchor_and_both_examples():
    text = "".join(page.pages().values())
    for rule in RULES:
        assert f"\n## {rule.id}\n" in text
    assert text.count("Complies:") == text.count("Violates:") == len(RULES)


def test_examples_are_python():
    for rule in RULES:
        blocks = page.entry(rule).split("```python\n")[1:]
        for block in blocks:
            compile(block.split("```")[0], rule.id, "exec")
