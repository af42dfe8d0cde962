"""What the pages say about the tree is true: files exist, links lead somewhere, decisions are indexed."""

import re
from pathlib import Path

import pytest

from tests.contracts.command_blocks import blocks_of

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)(#[^)\s]*)?\)")
INTO = re.compile(r"\]\(([\w./-]*\.md)?#([^)\s]+)\)")
PAGE = re.compile(r"\]\(([\w./-]*\.md)(#[^)\s]*)?\)")
FENCE = re.compile(r"^( *)```.*?^\1```", re.DOTALL | re.MULTILINE)
EXAMPLES = {
    "Pulumi.<stack>.yaml": "Pulumi.prod.yaml",
    "policy/guardrails/rules/<rule_id>.py": "policy/guardrails/rules/required_tags.py",
    "local/provider/types/<service>.py": "local/provider/types/sqs.py",
    "cli/<command>/command.py": "cli/keys/command.py",
}

# What each file must hold to be the place where that is changed.
HELD = {
    "Pulumi.<stack>.yaml": "idle_before_scale_in_s:",
    "bootstrap/access.py": "def roles(",
    "components/render_fleet.py": "class RenderFleet(",
    "components/fleet_bootstrap.py": "DOCUMENT",
    "components/engine_bundle.py": "def engine_bundle(",
    "handlers/scaler/decision/scale_in.py": "limits.idle_before_scale_in_s",
    "handlers/telemetry/metrics.py": "METRICS: Final = (",
    "handlers/notifier/retry_schedule.py": "LONGEST_BACKOFF_SECONDS",
    "handlers/scaler/aws.py": "ACTIONS",
    "handlers/notifier/aws.py": "ACTIONS",
    "render_engine/parsing.py": "scenes",
    "cli/<command>/command.py": "typer.Typer(",
    "cli/incidents/incidents.py": "INCIDENTS = (",
    "handlers/scaler/decision/decision.py": "def decide(",
    "components/documents/render-bootstrap.yaml": "name: Checks",
    "handlers/jobs/states.py": "TRANSITIONS",
    "handlers/job_server/routes.py": "@submissions.post(",
    "handlers/jobs/composition.schema.json": '"scenes"',
    "components/parts/observability/alarms.py": "Alarm(",
    "components/parts/observability/dashboards.py": "def all_dashboards(",
    "pages/pictures/drawings.py": "DRAWINGS",
    "policy/guardrails/rules/<rule_id>.py": "RULE",
    "local/provider/types/<service>.py": "TYPES",
    "local/provider/replacements.json": '"replaces"',
}


def rows_of_places() -> list[tuple[str, str]]:
    text = (ROOT / "CONTRIBUTING.md").read_text()
    section = text.split("## Where do I change", 1)[1].split("\n## ", 1)[0]
    return [
        (cells[0].strip(), cells[1])
        for line in section.splitlines()
        if line.startswith("| ") and not line.startswith(("| I want", "| ---"))
        for cells in [line.strip("|").split("|")]
    ]


def test_the_everyday_changes_are_listed() -> None:
    assert len(rows_of_places()) >= 10


@pytest.mark.parametrize(("wish", "where"), rows_of_places())
def test_the_file_named_for_an_everyday_change_holds_it(wish: str, where: str) -> None:
    names = [name for name in re.findall(r"`([^`]+)`", where) if "/" in name or name.endswith(".yaml")]
    assert names, f"{wish}: no file is named"
    for name in names:
        if name.endswith("/"):
            assert any((ROOT / name).glob("*.py")), f"{wish}: {name}"
            continue
        assert HELD[name] in (ROOT / EXAMPLES.get(name, name)).read_text(), f"{wish}: {name}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_relative_links_lead_to_a_file(page: Path) -> None:
    for target, _ in LINK.findall(page.read_text()):
        assert (page.parent / target).exists(), f"{page.name} links to {target}"


def sections(page: Path) -> set[str]:
    """What may follow the # in a link to a page: its headings, as GitHub spells them."""
    found = set[str]()
    for heading in re.findall(r"^#+ (.*)$", FENCE.sub("", page.read_text()), re.MULTILINE):
        name = re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")
        found.add(name if name not in found else f"{name}-{sum(one.startswith(name) for one in found)}")
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_into_a_page_lead_to_one_of_its_sections(page: Path) -> None:
    for target, section in INTO.findall(page.read_text()):
        assert section in sections(page.parent / target if target else page), f"{target}#{section}"


def test_the_readme_leads_to_every_page() -> None:
    reached, waiting = set[Path](), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page not in reached:
            reached.add(page)
            waiting += [(page.parent / target).resolve() for target, _ in PAGE.findall(page.read_text())]
    assert set(PAGES) - reached == set()


def test_every_file_that_the_architecture_names_exists() -> None:
    named = re.findall(
        r"`((?:components|handlers|tests|local|policy)/[\w/.-]+)`",
        (ROOT / "docs/architecture.md").read_text(),
    )
    assert len(named) > 10
    for name in named:
        assert (ROOT / name).exists(), name


def test_every_decision_is_in_the_index() -> None:
    records = {path.name for path in (ROOT / "docs/decisions").glob("0*.md")}
    index = (ROOT / "docs/decisions/README.md").read_text()
    assert records
    assert {name for name in records if f"({name})" not in index} == set()


def test_decision_records_stay_short() -> None:
    for path in (ROOT / "docs/decisions").glob("0*.md"):
        assert len(path.read_text().splitlines()) <= 120, path.name


def test_a_decision_record_is_headed_by_its_number() -> None:
    for path in (ROOT / "docs/decisions").glob("0*.md"):
        assert path.read_text().startswith(f"# {path.name[:4]}: "), path.name


def test_pages_name_the_policy_pack_wherever_a_stack_is_first_previewed_or_deployed() -> None:
    """The engine runs a local pack for the flag alone; it ignores environment variables in silence."""
    blocks = [*blocks_of(ROOT / "README.md"), *blocks_of(ROOT / "docs/how-to/use-the-local-stack.md")]
    seen = 0
    for block in blocks:
        for verb in ("preview", "up"):
            typed = [line for line in block.script.splitlines() if line.startswith(f"pulumi {verb} ")]
            first = [line for line in typed if "--yes\n" not in f"{line}\n"][:1]
            seen += len(first)
            for line in first:
                stack = line.split("-s ")[1].split()[0]
                assert f"--policy-pack policy --policy-pack-config policy/levels/{stack}.json" in line, line
                assert (ROOT / f"policy/levels/{stack}.json").exists()
    assert seen > 3
