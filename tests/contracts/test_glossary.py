"""Code and pages speak the words of docs/glossary.md, and none of those that it replaces."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contracts.source_tree import ROOT, files

PAGE = ROOT / "docs" / "glossary.md"
# What landed is not edited: decision records keep their words.
PAGES = sorted(
    path
    for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    if path != PAGE and "decisions" not in path.parts
)
ROW = re.compile(r"^\| (?P<term>[^|]+?) \| (?P<meaning>[^|]+?) \| (?P<instead>[^|]*?) ?\|$", re.MULTILINE)
# Names that say who spoke and not what it is.
MESSAGES = frozenset({"told", "said"})
# Field names of records in deployed tables.
STORED = frozenset({"told_at"})
# Phrases at which a native reader stops, and what to write instead.
ODD = {
    r"\banew\b": "again",
    r"\b(?:is|are|be|was|were|been) told\b(?! apart)": "what the reader or the program gets, and from whom",
    r"\breckon(?:ed|s|ing)?\b": "count, expect",
    r"\bhow (?:one|it) looks\b": "the format",
    r"\bas many as may\b": "the maximum",
    r"\bwords (?:a|an|the) \w+ as\b": "describes",
    r"\bmissing is what\b": "the subject first",
    r"\bin the stead of\b": "instead of",
    r"\bfor ever\b": "forever",
    r"\bwhat it came to\b": "the result",
}


def rows() -> list[re.Match[str]]:
    """The rows of all tables, without their heads."""
    found = [
        row for row in ROW.finditer(PAGE.read_text(encoding="utf-8")) if row["term"] not in {"Term", "---"}
    ]
    assert len(found) > 40, "the glossary was not read"
    return found


def replaced() -> dict[str, str]:
    """Each word that we do not use, and the term that stands for it."""
    return {word: row["term"] for row in rows() for word in row["instead"].split(", ") if word}


def forms(word: str) -> str:
    """A pattern for a word and its plural, as whole words."""
    return rf"(?<![\w`-]){re.escape(word)}s?(?![\w-])"


def names(path: Path) -> Iterator[str]:
    """What a file defines: itself, functions, classes, parameters, variables, attributes."""
    yield path.stem
    for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.arg(arg=name):
                yield name
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield name


def parts(name: str) -> set[str]:
    """The words of a name: `idle_before`, `IdleBefore` and `IDLE_BEFORE` have two each."""
    return {part.lower() for part in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)}


def test_each_term_is_said_once() -> None:
    terms = [row["term"] for row in rows()]
    assert len(terms) == len(set(terms))


def test_no_term_is_also_a_replaced_word() -> None:
    assert not {row["term"].lower() for row in rows()} & replaced().keys()


def test_pages_use_the_terms_and_not_the_words_they_replace() -> None:
    found = []
    for page in PAGES:
        text = re.sub(r"```.*?```|`[^`]*`", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
        found += [
            f"{page.relative_to(ROOT)} says {word!r} for {term!r}"
            for word, term in replaced().items()
            if re.search(forms(word), text, re.IGNORECASE)
        ]
    assert found == []


def test_code_names_things_by_the_terms_and_not_by_the_words_they_replace() -> None:
    words = {word: term for word, term in replaced().items() if " " not in word}
    words |= dict.fromkeys(MESSAGES, "message")
    found = {
        f"{path} calls something {name!r}: say {words[word]!r}"
        for path in files()
        for name in set(names(path)) - STORED
        for part in parts(name)
        for word in {part, part.removesuffix("s")} & words.keys()
    }
    assert sorted(found) == []


def test_nobody_writes_a_phrase_at_which_a_native_reader_stops() -> None:
    own = [ROOT / path for path in files() if not {"tests", "decision"} & set(path.parts)]
    assert len(own) > 300, "the sources were not read"
    found = [
        f"{path.relative_to(ROOT)}:{number}: {match[0]!r}: write {instead}"
        for path in [*own, *PAGES]
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        for odd, instead in ODD.items()
        if (match := re.search(odd, line, re.IGNORECASE))
    ]
    assert found == []


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_whoever_arrives_is_led_to_the_glossary(page: str) -> None:
    assert "(docs/glossary.md)" in (ROOT / page).read_text(encoding="utf-8")


def test_every_term_is_used_by_code_or_by_a_page() -> None:
    spoken = " ".join(path.read_text(encoding="utf-8") for path in [*PAGES, *(ROOT / one for one in files())])
    for row in rows():
        term = re.escape(row["term"]).replace(r"\ ", r"[ _]?")
        assert re.search(term, spoken, re.IGNORECASE), f"nobody says {row['term']!r}"
