import tomllib
from pathlib import Path, PurePosixPath

import pytest

from pages.site.build import gather
from pages.site.navigation import LostPageError, navigation

ROOT = Path(__file__).resolve().parents[3]


def test_a_section_starts_with_its_own_readme() -> None:
    titles = {PurePosixPath(f"operations/{name}.md"): name for name in ("drift", "README", "state")}
    sections = tomllib.loads(navigation(titles))["nav"]
    assert {
        "Deploy": [
            {"README": "operations/README.md"},
            {"drift": "operations/drift.md"},
            {"state": "operations/state.md"},
        ]
    } in sections


def test_a_title_with_quotation_marks_is_kept() -> None:
    sections = tomllib.loads(navigation({PurePosixPath("api.md"): 'The "API"'}))["nav"]
    assert {"Call the API": [{'The "API"': "api.md"}]} in sections


def test_a_page_without_a_section_is_refused_by_name() -> None:
    with pytest.raises(LostPageError, match=r"lost\.md: no section of pages/site/navigation\.py holds it"):
        navigation({PurePosixPath("lost.md"): "Lost"})


def test_every_committed_page_has_a_section() -> None:
    places = [page.place for page in gather(ROOT)]
    found = navigation({place: str(place) for place in places})
    assert all(f'"{place}"' in found for place in places)
