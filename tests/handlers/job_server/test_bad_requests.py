"""Requests that cannot be answered as asked: each gets a problem document, and nothing changes."""

import json
import re

import pytest

from handlers.job_server.edge.middleware import MAX_BODY
from tests.handlers.job_server.fakes import COMPOSITION, World

HERE = {"Content-Type": "application/json"}


def assert_problem(answer, status: int, name: str) -> dict:
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert (body["type"], body["status"]) == (f"urn:clip-it:problem:{name}", status)
    assert body["request_id"] == answer.headers["X-Request-Id"]
    assert body["title"]
    assert body["detail"]
    return body


def nothing_happened(world: World) -> bool:
    return not (world.jobs.jobs or world.queue.sent or world.objects.stored)


@pytest.mark.short_form(4)
@pytest.mark.parametrize(
    ("body", "pointer", "detail"),
    [
        pytest.param([], "", "must be an object", id="array"),
        pytest.param({}, "/composition", "is missing", id="empty"),
        pytest.param({"composition": 3}, "/composition", "must be an object", id="composition-number"),
        pytest.param(
            {"composition": COMPOSITION, "x": 1}, "/x", "allowed here: composition", id="unknown-field"
        ),
        pytest.param(
            {"composition": {**COMPOSITION, "widht": 3}},
            "/composition/widht",
            "allowed here: version, width",
            id="unknown-composition-field",
        ),
        pytest.param(
            {"composition": COMPOSITION, "template": "title-card", "fields": {"title": "x"}},
            "/composition",
            "stands beside fields and template; send a composition, or a template with its fields",
            id="both",
        ),
        pytest.param(
            {"composition": COMPOSITION, "template": "title-card"},
            "/composition",
            "stands beside template; send a composition, or a template with its fields",
            id="both-without-fields",
        ),
        pytest.param(
            {"composition": COMPOSITION, "template": "title-card", "fleet": "nope"},
            "/fleet",
            'is "nope"; there are',
            id="both-and-another-mistake",
        ),
        pytest.param({"fields": {"title": "x"}}, "/template", "is missing", id="fields-alone"),
        pytest.param({"template": "title-card"}, "/fields", "is missing", id="no-fields"),
        pytest.param(
            {"template": "x", "fields": {}},
            "/template",
            "there are your own and: lower-third",
            id="unknown-template",
        ),
        pytest.param(
            {"template": "title-card", "fields": {"titel": "x"}},
            "/fields/titel",
            "allowed here: title, subtitle",
            id="unknown-template-field",
        ),
        pytest.param(
            {
                "template": "lower-third",
                "fields": {
                    "caption": "x",
                    "duration_s": 2,
                    "image": "a_" + "0" * 26,
                    "video": "a_" + "0" * 26,
                },
            },
            "/fields/video",
            "cannot be combined with an image; a scene has one or the other "
            "(in the composition that the template makes, /scenes/0/video)",
            id="template-makes-no-composition",
        ),
        pytest.param(
            {"template": "title-card", "fields": {"title": "a\x00"}},
            "/fields/title",
            "holds the control character U+0000",
            id="control-character",
        ),
        pytest.param(
            {"composition": COMPOSITION, "webhook_url": "https://example.com/\x07"},
            "/webhook_url",
            "U+0007",
            id="control-character-in-url",
        ),
        pytest.param(
            {"composition": COMPOSITION, "fleet": "tpu"}, "/fleet", "there are: cpu, gpu", id="fleet"
        ),
        pytest.param(
            {"composition": COMPOSITION, "fleet": None}, "/fleet", "must be a string", id="null-fleet"
        ),
        pytest.param(
            {"composition": COMPOSITION, "webhook_url": "http://example.com"},
            "/webhook_url",
            "must begin with https://",
            id="webhook-http",
        ),
        pytest.param(
            {"composition": COMPOSITION, "webhook_url": "https://169.254.169.254/"},
            "/webhook_url",
            "public internet",
            id="webhook-private",
        ),
    ],
)
def test_a_submission_with_a_mistake_names_it(world: World, body: object, pointer: str, detail: str) -> None:
    problem = assert_problem(world.submit(body), 422, "invalid-request")
    assert [one for one in problem["errors"] if one["pointer"] == pointer and detail in one["detail"]], (
        problem
    )
    assert nothing_happened(world)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({}, "The request has one mistake: /composition is missing."),
        ({"x": 1}, "The request has 2 mistakes; the first: /composition is missing."),
    ],
)
def test_the_detail_counts_the_mistakes_and_names_the_first(world: World, body: object, told: str) -> None:
    assert assert_problem(world.submit(body), 422, "invalid-request")["detail"] == told


ABSENT = ["a_" + digit * 26 for digit in "123"]


@pytest.mark.parametrize(
    ("body", "places"),
    [
        (
            {
                "composition": {
                    **COMPOSITION,
                    "audio": {"asset": ABSENT[0]},
                    "scenes": [
                        {"duration_s": 1, "image": {"asset": ABSENT[1]}},
                        {"duration_s": 1, "video": {"asset": ABSENT[0]}},
                    ],
                }
            },
            {
                "/composition/audio/asset": ABSENT[0],
                "/composition/scenes/1/video/asset": ABSENT[0],
                "/composition/scenes/0/image/asset": ABSENT[1],
            },
        ),
        (
            {
                "template": "slideshow",
                "fields": {"slides": [{"text": "a"}, {"image": ABSENT[0]}], "audio": ABSENT[2]},
            },
            {"/fields/slides/1/image": ABSENT[0], "/fields/audio": ABSENT[2]},
        ),
    ],
    ids=["composition", "template"],
)
def test_an_asset_that_is_not_there_is_named_at_each_of_its_places(
    world: World, body: object, places: dict[str, str]
) -> None:
    problem = assert_problem(world.submit(body), 422, "invalid-request")
    assert {one["pointer"]: one["detail"] for one in problem["errors"]} == {
        place: f"asset {asset} does not exist; announce it and upload it first"
        for place, asset in places.items()
    }
    assert nothing_happened(world)


def test_half_of_a_surrogate_pair_in_a_template_field_is_named(world: World) -> None:
    content = r'{"template": "slideshow", "fields": {"slides": [{"text": "a"}, {"text": "\ud83d"}]}}'
    answer = world.http.post("/v1/renders", content=content, headers=HERE)
    (mistake,) = assert_problem(answer, 422, "invalid-request")["errors"]
    assert mistake["pointer"] == "/fields/slides/1/text"
    assert "half of a surrogate pair" in mistake["detail"]
    assert nothing_happened(world)


def test_all_mistakes_of_a_submission_are_named_at_once(world: World) -> None:
    body = {"composition": {**COMPOSITION, "rate": 0, "scenes": [{}]}, "fleet": "x", "webhook_url": "ftp://x"}
    problem = assert_problem(world.submit(body), 422, "invalid-request")
    assert {one["pointer"] for one in problem["errors"]} == {
        "/composition/rate",
        "/composition/scenes/0/duration_s",
        "/fleet",
        "/webhook_url",
    }


@pytest.mark.short_form(2)
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b'{"a": NaN}',
        b"[" * 100_000,
        b"9" * 5000,
        b'{"a": 1e999}',
        b'{"template": "a", "fields": {"x": 1, "x": 2}}',
        b'{"\\ud800": 1}',
    ],
    ids=[
        "empty",
        "cut",
        "no-utf8",
        "nan",
        "deep",
        "huge-number",
        "beyond-floats",
        "name-twice",
        "half-a-pair",
    ],
)
def test_what_is_no_json_is_refused(world: World, content: bytes) -> None:
    assert_problem(world.http.post("/v1/renders", content=content, headers=HERE), 400, "malformed-json")
    assert nothing_happened(world)


@pytest.mark.short_form(5)
@pytest.mark.parametrize("path", ["/v1/renders", "/v1/assets"])
@pytest.mark.parametrize("depth", [65, *range(940, 1000, 3)])
def test_nesting_is_refused_at_a_fixed_depth_and_not_where_the_stack_ends(
    world: World, path: str, depth: int
) -> None:
    content = '{"size":' + "[" * (depth - 1) + "]" * (depth - 1) + "}"
    assert_problem(world.http.post(path, content=content, headers=HERE), 400, "malformed-json")


def test_many_names_of_which_the_last_stands_twice_take_no_time_to_refuse(world: World) -> None:
    content = "{" + ",".join(f'"{number}":0' for number in [*range(9_000), 8_999]) + "}"
    answer = world.http.post("/v1/renders", content=content, headers=HERE)
    assert '"8999" appears twice' in assert_problem(answer, 400, "malformed-json")["detail"]


@pytest.mark.parametrize("place", ["duration_s", "width", "rate"])
def test_a_number_beyond_every_float_is_a_mistake_like_another(world: World, place: str) -> None:
    content = json.dumps({"composition": COMPOSITION})
    written = re.sub(rf'"{place}": \d+', f'"{place}": 1{"0" * 400}', content)
    assert written != content
    answer = world.http.post("/v1/renders", content=written, headers=HERE)
    assert "the maximum is" in assert_problem(answer, 422, "invalid-request")["errors"][0]["detail"]


@pytest.mark.parametrize(("mistakes", "counted"), [(2, "2 mistakes;"), (5000, "at least 100 mistakes;")])
def test_of_very_many_mistakes_the_first_hundred_are_reported(
    world: World, mistakes: int, counted: str
) -> None:
    answer = world.submit({"composition": COMPOSITION, **{f"k{number}": 0 for number in range(mistakes)}})
    problem = assert_problem(answer, 422, "invalid-request")
    assert counted in problem["detail"]
    assert (len(problem["errors"]), problem["errors"][0]["pointer"]) == (min(mistakes, 100), "/k0")


@pytest.mark.parametrize(
    "kind", ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]
)
@pytest.mark.parametrize("path", ["/v1/renders", "/v1/assets"])
def test_a_body_of_another_kind_is_refused(world: World, kind: str, path: str) -> None:
    answer = world.http.post(path, content=b"{}", headers={"Content-Type": kind})
    assert_problem(answer, 415, "unsupported-media-type")


def test_a_body_that_is_too_large_is_refused_whether_announced_or_not(world: World) -> None:
    large = json.dumps({"composition": "x" * MAX_BODY}).encode()
    assert_problem(world.http.post("/v1/renders", content=large, headers=HERE), 413, "body-too-large")
    parts = (large[at : at + 65536] for at in range(0, len(large), 65536))
    assert_problem(world.http.post("/v1/renders", content=parts, headers=HERE), 413, "body-too-large")


@pytest.mark.short_form(1)
@pytest.mark.parametrize(
    ("parameters", "name"),
    [
        ({"limit": "0"}, "limit"),
        ({"limit": "101"}, "limit"),
        ({"limit": "x"}, "limit"),
        ({"state": "done"}, "state"),
        ({"cursor": "!!!"}, "cursor"),
        ({"cursor": "x" * 300}, "cursor"),
    ],
)
def test_a_list_parameter_with_a_mistake_is_named(
    world: World, parameters: dict[str, str], name: str
) -> None:
    problem = assert_problem(world.http.get("/v1/renders", params=parameters), 422, "invalid-request")
    assert [one["parameter"] for one in problem["errors"]] == [name]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"content_type": "text/html", "size": 1},
        {"content_type": "image/png", "size": 0},
        {"size": True},
        [],
    ],
)
def test_an_upload_that_cannot_be_announced_is_refused(world: World, body: object) -> None:
    assert_problem(world.http.post("/v1/assets", json=body), 422, "invalid-request")


@pytest.mark.short_form(1)
@pytest.mark.parametrize("path", ["/", "/v1", "/v1/renders/", "/v2/renders", "/redoc", "/v1/renders/x/y/z"])
def test_an_unknown_path_is_a_problem_too(world: World, path: str) -> None:
    assert_problem(world.http.get(path), 404, "not-found")


@pytest.mark.parametrize("job_id", ["x", "r_" + "0" * 26, "R_" + "0" * 26, "%00", "r_" + "0" * 26 + "%0a"])
def test_an_unknown_render_is_not_found(world: World, job_id: str) -> None:
    for method, path in (("GET", ""), ("GET", "/events"), ("POST", "/cancel")):
        assert_problem(world.http.request(method, f"/v1/renders/{job_id}{path}"), 404, "not-found")


def test_a_wrong_method_is_told_the_right_ones(world: World) -> None:
    answer = world.http.patch("/v1/renders/r_" + "0" * 26)
    assert_problem(answer, 405, "method-not-allowed")
    assert answer.headers["Allow"] == "DELETE, GET"
    assert world.http.put("/v1/renders").headers["Allow"] == "GET, POST"


@pytest.mark.parametrize("path", ["/v1/renders", "/v1/renders/validate", "/v1/batches"])
def test_a_whole_number_larger_than_any_float_is_refused_where_it_stands(world: World, path: str) -> None:
    one = {"composition": COMPOSITION, "output": {"poster_at_s": 10**400}}
    body, place = ({"items": [one]}, "/items/0") if path.endswith("batches") else (one, "")
    answer = world.http.post(path, json=body, headers={"Idempotency-Key": "k"})
    problem = assert_problem(answer, 422, "invalid-request")
    assert [error["pointer"] for error in problem["errors"]] == [f"{place}/output/poster_at_s"]
