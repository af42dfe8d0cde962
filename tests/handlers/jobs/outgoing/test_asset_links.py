"""Which URLs a composition names, and what an engine gets in their place."""

import json

from handlers.jobs.composition import asset_places
from handlers.jobs.json_schema.values import Json
from handlers.jobs.outgoing.asset_links import links, name_of, with_names

URL, OTHER = "https://a.example/x.png", "https://a.example/y.ttf"
ID = "a_" + "0" * 26
COMPOSITION: Json = {
    "audio": {"asset": ID},
    "captions": {"asset": {"url": OTHER}},
    "scenes": [
        {"image": {"asset": {"url": URL}, "fit": "cover"}, "text": {"font": {"asset": {"url": OTHER}}}},
        {"image": {"asset": {"url": URL}}},
    ],
}


def test_each_url_is_found_with_its_place_beside_the_ids() -> None:
    assert list(links(COMPOSITION)) == [
        ("/composition/captions/asset", OTHER),
        ("/composition/scenes/0/image/asset", URL),
        ("/composition/scenes/0/text/font/asset", OTHER),
        ("/composition/scenes/1/image/asset", URL),
    ]
    assert list(asset_places(COMPOSITION)) == [("/composition/audio/asset", ID)]


def test_an_engine_gets_names_and_everything_else_as_it_was() -> None:
    named = with_names(COMPOSITION)
    assert json.dumps(named).count(name_of(URL)) == json.dumps(named).count(name_of(OTHER)) == 2
    assert "https" not in json.dumps(named)
    back = json.loads(
        json.dumps(named)
        .replace(f'"{name_of(URL)}"', json.dumps({"url": URL}))
        .replace(f'"{name_of(OTHER)}"', json.dumps({"url": OTHER}))
    )
    assert back == COMPOSITION
