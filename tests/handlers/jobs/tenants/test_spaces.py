"""What a test key may have made."""

import pytest

from handlers.jobs.ids import TENANT
from handlers.jobs.json_schema.values import Json
from handlers.jobs.tenants.spaces import findings, is_test, space_of


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


def test_a_test_space_is_a_tenant_like_any_other() -> None:
    assert TENANT.fullmatch(space_of("acme"))
    assert is_test(space_of("acme"))
    assert not is_test("acme")
    with pytest.raises(ValueError, match="1 to 63"):
        space_of("a" * 60)
