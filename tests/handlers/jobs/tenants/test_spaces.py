"""What a test key may have made, and the mark that is put in."""

import pytest

from handlers.jobs import composition
from handlers.jobs.ids import TENANT
from handlers.jobs.schema_check import Json
from handlers.jobs.tenants.spaces import findings, is_test, space_of, watermarked


def made(**changes: Json) -> dict[str, Json]:
    text: dict[str, Json] = {"content": "Hello"}
    scenes: list[Json] = [{"duration_s": 5, "text": text}, {"duration_s": 5}]
    return {"version": 1, "width": 640, "height": 360, "rate": 25, "scenes": scenes, **changes}


def test_ten_seconds_of_640_pixels_are_allowed() -> None:
    assert [*findings(made())] == []


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"width": 642}, "/width"),
        ({"height": 642}, "/height"),
        ({"scenes": [{"duration_s": 10.1}]}, "/scenes"),
    ],
)
def test_more_is_told_by_its_place(changes: dict[str, Json], place: str) -> None:
    assert [one.pointer for one in findings(made(**changes))] == [place]


def test_every_scene_is_marked_and_the_composition_stays_valid() -> None:
    given = made(scenes=[{"duration_s": 1, "text": {"content": "x" * 2000, "size": 4}}, {"duration_s": 1}])
    marked = watermarked(given)
    assert composition.findings(marked) == []
    assert isinstance(marked, dict)
    scenes = marked["scenes"]
    assert isinstance(scenes, list)
    assert all("TEST" in str(scene) for scene in scenes)
    assert "TEST" not in str(given)


def test_a_test_space_is_a_tenant_like_any_other() -> None:
    assert TENANT.fullmatch(space_of("acme"))
    assert is_test(space_of("acme"))
    assert not is_test("acme")
    with pytest.raises(ValueError, match="1 to 63"):
        space_of("a" * 60)
