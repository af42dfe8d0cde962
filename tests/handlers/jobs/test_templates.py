"""Every template of the catalog, with the least and the most that it can be told."""

from typing import Never

import jsonschema
import pytest

from handlers.jobs import composition, templates
from handlers.jobs.json_schema.values import Json
from handlers.jobs.templates import MOST_VALUES, Room, Template, TooManyValuesError, catalog
from handlers.jobs.tenant_templates.definition import NAME

ASSET = "a_" + "0" * 26
LEAST: dict[str, dict[str, Json]] = {
    "lower-third": {"caption": "Ada", "duration_s": 3},
    "slideshow": {"slides": [{"text": "One"}]},
    "title-card": {"title": "Hello"},
}
MOST: dict[str, dict[str, Json]] = {
    "lower-third": {
        "caption": "Ada",
        "duration_s": 3,
        "video": ASSET,
        "volume": 0.5,
        "mute": False,
        "audio": ASSET,
        "color": "#ff0000",
    },
    "slideshow": {
        "slides": [{"text": "One", "background": "#000000"}, {"image": ASSET}, {"text": "3", "image": ASSET}]
        * 16,
        "audio": ASSET,
        "slide_s": 12,
    },
    "title-card": {
        "title": "Hello",
        "subtitle": "World",
        "tone_hz": 440,
        "width": 64,
        "height": 64,
        "rate": 10,
    },
}


def test_the_catalog_is_what_the_cases_here_cover() -> None:
    assert catalog().keys() == LEAST.keys() == MOST.keys()


def test_a_new_template_takes_the_place_of_no_tenants() -> None:
    names = catalog().keys() - {"lower-third", "slideshow", "title-card"}
    assert not [name for name in names if not name.startswith(templates.PREFIX)]
    assert not NAME.fullmatch(f"{templates.PREFIX}promo")


@pytest.mark.parametrize("name", LEAST)
@pytest.mark.parametrize("told", [LEAST, MOST], ids=["least", "most"])
def test_what_a_template_accepts_becomes_a_composition(name: str, told: dict[str, dict[str, Json]]) -> None:
    template = catalog()[name]
    assert template.findings(told[name]) == []
    assert composition.findings(template.expand(told[name], Room())) == []


@pytest.mark.parametrize("name", LEAST)
def test_a_templates_fields_are_a_json_schema_whose_defaults_fit(name: str) -> None:
    template = catalog()[name]
    jsonschema.Draft202012Validator.check_schema(template.fields)
    for field, schema in template.fields["properties"].items():
        if "default" in schema:
            jsonschema.validate(schema["default"], schema)
        assert f'"{field}"' in str(template.composition).replace("'", '"'), "a field that nobody reads"


@pytest.mark.parametrize("name", LEAST)
def test_unknown_and_missing_fields_are_named_with_the_allowed_ones(name: str) -> None:
    found = {one.pointer: one.detail for one in catalog()[name].findings({"titel": "x"})}
    required = next(iter(LEAST[name]))
    assert found[f"/fields/{required}"] == "is missing"
    assert found["/fields/titel"].startswith("is not a known field; allowed here: ")
    assert required in found["/fields/titel"]


def test_an_optional_part_vanishes_whole() -> None:
    expanded = catalog()["title-card"].expand({"title": "Hello"}, Room())
    assert "audio" not in expanded
    assert len(expanded["scenes"]) == 1


def test_slides_fade_into_each_other_but_not_into_the_first() -> None:
    scenes = catalog()["slideshow"].expand({"slides": [{"text": "1"}, {"image": ASSET}]}, Room())["scenes"]
    assert ["transition" in scene for scene in scenes] == [False, True]
    assert scenes[1]["image"] == {"asset": ASSET}
    assert "text" not in scenes[1]


@pytest.mark.parametrize(
    ("place", "field"),
    [
        ("/scenes/1/image/asset", "/fields/slides/1/image"),
        ("/scenes/0/text/content", "/fields/slides/0/text"),
        ("/scenes/1/duration_s", "/fields/slide_s"),
        ("/scenes/1/transition/duration_s", "/fields"),
        ("/width", "/fields/width"),
        ("/scenes", "/fields/slide_s"),
        ("", "/fields/rate"),
    ],
    ids=["in-a-slide", "in-another", "shared", "the-templates-own", "a-default", "a-container", "the-whole"],
)
def test_a_place_in_the_composition_leads_back_to_its_field(place: str, field: str) -> None:
    fields = {"slides": [{"text": "1"}, {"image": ASSET}], "slide_s": 2, "rate": 30}
    assert catalog()["slideshow"].origins(fields).of(place) == field


def repeating(*, values: int) -> Template:
    """A template that makes so many values, and one more for their list, of each entry of `many`."""
    each: Json = {"$each": "many", "do": {"x": [0] * (values - 1)}}
    return Template(name="x", description="", fields={"properties": {}}, composition={"made": [each]})


def test_a_template_makes_only_so_many_values() -> None:
    template = repeating(values=98)
    assert template.expand({"many": [{}] * 100}, Room())
    with pytest.raises(TooManyValuesError, match=f"beyond {MOST_VALUES} values"):
        template.expand({"many": [{}] * 101}, Room())


def test_templates_that_share_room_make_only_so_many_values_together() -> None:
    room = Room(most=1000)
    repeating(values=98).expand({"many": [{}] * 9}, room)
    with pytest.raises(TooManyValuesError):
        repeating(values=98).expand({"many": [{}] * 2}, room)
    assert room.full


class Unread(dict[str, Json]):
    """An entry whose fields may be asked for by name, and not all read."""

    def items(self) -> Never:
        raise AssertionError("read as a whole")

    keys = __iter__ = items


def test_an_entry_is_read_only_by_the_names_that_the_template_has() -> None:
    each: Json = {"$each": "many", "do": {"a": {"$field": "each.a"}, "b": {"$field": "each.b"}}}
    template = Template(name="x", description="", fields={"properties": {}}, composition={"made": [each]})
    assert template.expand({"many": [Unread(a=1)]}, Room()) == {"made": [{"a": 1}]}


def test_the_first_place_in_a_part_is_searched_once_however_many_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    searched: list[Json] = []
    search = templates.first_place
    monkeypatch.setattr(templates, "first_place", lambda part: searched.append(part) or search(part))
    origins = repeating(values=98).origins({"many": [{}] * 9})
    assert {origins.of(f"/unknown-{number}") for number in range(100)} == {"/fields"}
    assert len(searched) == 1
