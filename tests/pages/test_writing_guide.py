from pathlib import Path

import pytest

from pages.writing_guide import RULES, Finding, findings, read

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
        pytest.param("## Make it", "# Make it", 5, "second title", id="two titles"),
        pytest.param("## Make it", "### Make it", 5, "level 3 under one of level 1", id="level left out"),
    ],
)
def test_each_rule_finds_what_breaks_it(
    tmp_path: Path, before: str, after: str, line: int, text: str
) -> None:
    assert GOOD.count(before) == 1
    (found,) = judged(tmp_path, GOOD.replace(before, after))
    assert (found.page, found.line) == ("docs/page.md", line)
    assert text in found.text


def test_words_of_code_and_quotations_are_not_judged(tmp_path: Path) -> None:
    assert judged(tmp_path, GOOD.replace("a key,", 'a key (`just`, "simply"),')) == []


@pytest.mark.parametrize("name", ["docs/decisions/0001-a.md", "CHANGELOG.md"])
def test_decision_records_and_the_changelog_tell_history(tmp_path: Path, name: str) -> None:
    assert judged(tmp_path, GOOD.replace(", for operators", ", formerly a token"), name) == []


def test_every_rule_says_what_it_demands() -> None:
    assert all(rule.__doc__ for rule in RULES)
