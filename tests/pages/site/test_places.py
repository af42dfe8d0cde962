from pathlib import Path, PurePosixPath

import pytest

from pages.site.build import gather
from pages.site.places import BrokenLinkError, page_of, place_of, source_page

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("README.md", "index.md"),
        ("docs/api.md", "api.md"),
        ("docs/operations/README.md", "operations/README.md"),
        ("CHANGELOG.md", "CHANGELOG.md"),
        ("clients/python/README.md", "clients/python.md"),
        ("policy/levels/prod.json", "source/policy/levels/prod.json.md"),
        (".github/workflows/check.yaml", "source/github/workflows/check.yaml.md"),
        ("handlers/render_agent", "source/handlers/render_agent.md"),
    ],
)
def test_every_file_has_one_place_in_the_site(path: str, place: str) -> None:
    assert place_of(PurePosixPath(path)) == PurePosixPath(place)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "docs/how-to").mkdir(parents=True)
    (tmp_path / "docs/api.md").write_text("# API\n")
    (tmp_path / "README.md").write_text("# Clip-It\n")
    (tmp_path / "server.py").write_text("x = '```'\n")
    return tmp_path


def written(root: Path, text: str) -> str:
    (root / "docs/how-to/page.md").write_text(text)
    return page_of(root, PurePosixPath("docs/how-to/page.md")).markdown


@pytest.mark.parametrize(
    ("link", "moved"),
    [
        ("[a](../api.md#errors)", "[a](../api.md#errors)"),
        ("[a](../../README.md#deploy)", "[a](../index.md#deploy)"),
        ("[a](../../server.py), [b](../api.md)", "[a](../source/server.py.md), [b](../api.md)"),
        ("[a](#below)", "[a](#below)"),
        ("[a](https://example.com/x.md)", "[a](https://example.com/x.md)"),
    ],
)
def test_a_link_leads_to_where_its_target_stands(root: Path, link: str, moved: str) -> None:
    assert written(root, link) == f"{moved}\n"


def test_a_link_in_a_block_of_code_stays_as_it_is_written(root: Path) -> None:
    text = "```markdown\n[a](../../README.md)\n```\n"
    assert written(root, text) == text


def test_a_link_to_a_missing_file_is_named_by_page_and_line(root: Path) -> None:
    with pytest.raises(BrokenLinkError, match=r"docs/how-to/page\.md:3: \.\./gone\.md does not exist"):
        written(root, "# Page\n\n[a](../gone.md)\n")


def test_a_linked_file_is_shown_whole_even_if_it_holds_a_fence(root: Path) -> None:
    assert (
        source_page(root, PurePosixPath("server.py")).markdown == "# server.py\n\n````py\nx = '```'\n````\n"
    )


def test_a_linked_folder_lists_what_it_holds(root: Path) -> None:
    assert "- `api.md`\n- `how-to/`\n" in source_page(root, PurePosixPath("docs")).markdown


def test_every_link_between_the_committed_pages_leads_to_a_file() -> None:
    assert {PurePosixPath("index.md"), PurePosixPath("reference.md")} <= {page.place for page in gather(ROOT)}
