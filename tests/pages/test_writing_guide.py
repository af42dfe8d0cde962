import re
from pathlib import Path

import pytest

from pages.page import Finding, read
from pages.writing_guide import RULES, findings

ROOT = Path(__file__).parents[2]
GUIDE, REVIEW = ROOT / "docs/writing-guide.md", ROOT / ".github/pull_request_template.md"
ITEM = re.compile(r"^(?:-|\d+\.) (.+)$", re.MULTILINE)
HELD = re.compile(r"\(((?:`[^`]+`|review: [^()]+)(?:, (?:`[^`]+`|review: [^()]+))*)\)$")
GOOD = """# Keys

How to make a key, for operators.

## Make it

```bash
clipit keys create
```

```text
created
```
"""


def judged(tmp_path: Path, text: str, name: str = "docs/page.md") -> list[Finding]:
    page = tmp_path / name
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(text)
    return findings(read(tmp_path, page))


def test_a_page_that_follows_the_guide_has_no_finding(tmp_path: Path) -> None:
    assert judged(tmp_path, GOOD) == []


@pytest.mark.parametrize(
    ("before", "after", "line", "text"),
    [
        pytest.param(", for operators", "", 3, "names no reader", id="no reader"),
        pytest.param("```bash", "```", 7, "without a language", id="no language"),
        pytest.param("```text\ncreated\n```", "    created", 11, "without a language", id="indented block"),
        pytest.param("clipit keys", "$ clipit keys", 7, "behind a prompt", id="prompt"),
        pytest.param("How to", "How to easily", 3, "'easily' judges", id="judged difficulty"),
        pytest.param("Make it", "Just make it", 5, "'Just' judges", id="judged difficulty in a heading"),
        pytest.param(
            ", for operators.", ", for operators;\nwindows are planned.", 3, "'planned'", id="promise"
        ),
        pytest.param(
            "```bash", f"{'A key opens the API for a tenant. ' * 6}\n\n```bash", 7, "48 words", id="lead"
        ),
        pytest.param("```text\ncreated\n```", "It takes 3 s.", 11, "'takes 3 s' without", id="figure"),
        pytest.param("## Make it", "- one\n  - two\n\n## Make it", 6, "indented by 2", id="nested item"),
        pytest.param("## Make it", "# Make it", 5, "second title", id="two titles"),
        pytest.param("## Make it", "### Make it", 5, "level 3 under one of level 1", id="level left out"),
    ],
)
def test_each_rule_finds_what_breaks_it(
    tmp_path: Path, before: str, after: str, line: int, text: str
) -> None:
    assert GOOD.count(before) == 1
    page = GOOD.replace(before, after)
    # The only command of the page would reproduce its figure.
    page = page.replace("```bash", "```yaml") if "It takes" in after else page
    (found,) = judged(tmp_path, page)
    assert (found.page, found.line) == ("docs/page.md", line)
    assert text in found.text


def test_words_of_code_and_quotations_are_not_judged(tmp_path: Path) -> None:
    assert judged(tmp_path, GOOD.replace("a key,", 'a key (`just`, "simply"),')) == []


@pytest.mark.parametrize("name", ["docs/decisions/0001-a.md", "CHANGELOG.md"])
def test_decision_records_and_the_changelog_tell_history(tmp_path: Path, name: str) -> None:
    assert judged(tmp_path, GOOD.replace(", for operators", ", formerly a token"), name) == []


@pytest.mark.parametrize(
    "figure", ["p95", "$12", "0.4 USD", "took 3 min", "costs about 3 GB", "40 calls a second"]
)
def test_a_figure_has_the_command_that_reproduces_it_in_its_section(tmp_path: Path, figure: str) -> None:
    told = f"# Keys\n\nFor operators.\n\n## Cost\n\nA key: {figure}.{{}}\n\n## More\n\n`make other`\n"
    (found,) = judged(tmp_path, told.format(""))
    assert f"{figure!r} without a command" in found.text
    assert judged(tmp_path, told.format(" By `make bench-keys`.")) == []
    assert judged(tmp_path, told.format(""), "docs/decisions/0001-a.md") == []


def test_what_the_reader_must_have_may_be_long(tmp_path: Path) -> None:
    needed = "You need a checkout, credentials, and more. " * 10
    assert judged(tmp_path, GOOD.replace("```bash", f"{needed}\n\n```bash")) == []


def test_each_rule_of_the_guide_is_held_by_a_check_a_test_or_an_item_of_the_review_list() -> None:
    guide, asked = GUIDE.read_text(), REVIEW.read_text()
    rules = ITEM.findall(guide[guide.index("## Rules") : guide.index("## What holds them")])
    checks, named = {rule.__name__ for rule in RULES}, set[str]()
    assert len(rules) > 15
    for rule in rules:
        held = HELD.search(rule)
        assert held, f"{rule!r} ends without (`a check`, review: ...)"
        for check in re.findall(r"`([^`]+)`", held[1]):
            assert check in checks | {"codespell"} or (ROOT / check).is_file(), f"{rule!r}: no {check!r}"
            named.add(check)
        for item in re.findall(r"review: ([^,)]+)", held[1]):
            assert f"- [ ] {item}" in asked, f"{rule!r}: no item of the review list begins {item!r}"
    assert checks <= named, "each check holds a rule that the guide states"


def test_every_rule_says_what_it_demands() -> None:
    assert all(rule.__doc__ for rule in RULES)
