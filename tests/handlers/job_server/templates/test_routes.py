"""Templates of tenants over HTTP: each answer, each documented error, and the renders made of them."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from httpx import Response

from handlers.job_server.schemas.examples import REQUESTS
from handlers.job_server.templates import service
from handlers.jobs.store.customers import templates as kept
from handlers.jobs.store.customers.templates import MOST_VERSIONS
from handlers.jobs.templates import PREFIX, catalog
from tests.handlers.job_server.conftest import Server
from tests.handlers.job_server.fakes import COMPOSITION

PROMO: dict[str, Any] = REQUESTS["putTemplate"]["promo"]  # type: ignore[assignment]
OTHER = PROMO | {"description": "Another"}


def put(server: Server, body: object = PROMO, name: str = "promo", **headers: str) -> Response:
    named = {key.replace("_", "-"): value for key, value in headers.items()}
    return server.http.put(f"/v1/templates/{name}", json=body, headers=named)


def submit(server: Server, template: str, key: str = "", **fields: object) -> Response:
    headers = {"Idempotency-Key": key} if key else {}
    body = {"template": template, "fields": fields or {"price": "5"}}
    return server.http.post("/v1/renders", json=body, headers=headers)


def pointers(answer: Response) -> list[str]:
    assert answer.status_code == 422, answer.text
    return [one["pointer"] for one in answer.json()["errors"]]


def kind(answer: Response) -> str:
    name: str = answer.json()["type"]
    return name.removeprefix("urn:clip-it:problem:")


def test_what_is_put_is_a_version_that_can_be_got_and_is_listed(server: Server) -> None:
    first = put(server)
    assert (first.status_code, first.json()["version"], first.headers["ETag"]) == (200, 1, '"1"')
    second = put(server, OTHER)
    assert second.json()["version"] == 2
    newest = server.http.get("/v1/templates/promo")
    assert newest.json() == second.json()
    assert server.http.get("/v1/templates/promo@1").json() == first.json()
    listed = server.http.get("/v1/templates").json()["templates"]
    assert [(one["name"], one["version"]) for one in listed if one["version"]] == [("promo", 2)]
    assert {"title-card", "promo"} <= {one["name"] for one in listed}


def test_a_template_of_the_catalog_is_got_without_a_version(server: Server) -> None:
    answer = server.http.get("/v1/templates/title-card")
    assert answer.status_code == 200
    assert answer.json()["version"] is None
    assert "ETag" not in answer.headers


def test_a_new_template_of_the_catalog_leaves_a_tenants_own_as_it_is(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(server)
    new = replace(catalog()["title-card"], name=f"{PREFIX}promo")
    monkeypatch.setattr(service, "catalog", lambda: {**catalog(), new.name: new})
    assert server.http.get(f"/v1/templates/{new.name}").json()["version"] is None
    assert submit(server, new.name, title="Hello").status_code == 202
    assert submit(server, "promo").status_code == 202
    assert server.http.delete("/v1/templates/promo").status_code == 204
    document = server.http.get("/openapi.json").json()
    (name,) = document["paths"]["/v1/templates/{name}"]["get"]["parameters"]
    assert re.search(name["schema"]["pattern"], new.name)


def test_the_size_of_a_template_is_that_of_its_utf_8(server: Server) -> None:
    def named(characters: int) -> Response:
        text = {"type": "string", "enum": ["\u3042" * characters]}
        fields = PROMO["fields"] | {"properties": PROMO["fields"]["properties"] | {"t": text}}
        return put(server, PROMO | {"fields": fields})

    assert named(20_000).status_code == 200  # 60 KB; as escapes, twice that
    assert pointers(named(22_000)) == [""]


def test_a_repeated_put_makes_no_second_version(server: Server) -> None:
    assert put(server, if_none_match="*").json() == put(server, if_none_match="*").json()
    put(server, OTHER, if_match='"1"')
    again = put(server, OTHER, if_match='"1"')  # the answer to the first was lost
    assert (again.status_code, again.json()["version"]) == (200, 2)


@pytest.mark.parametrize("header", ["if_match", "if_none_match"])
def test_a_put_to_another_version_changes_nothing(server: Server, header: str) -> None:
    put(server)
    put(server, OTHER)
    value = {"if_match": '"1"', "if_none_match": "*"}[header]
    answer = put(server, PROMO | {"description": "Third"}, **{header: value})
    assert (answer.status_code, kind(answer)) == (412, "other-version")
    assert server.http.get("/v1/templates/promo").json()["version"] == 2


@pytest.mark.parametrize(
    ("conditions", "status"),
    [
        ({"If-Match": "*"}, 200),
        ({"If-Match": '"1", "2"'}, 200),
        ({"If-Match": '"3","1"'}, 412),
        ({"If-Match": 'W/"2"'}, 412),
        ({"If-Match": '"2"', "If-None-Match": "*"}, 412),
        ({"If-Match": "*", "If-None-Match": "*"}, 412),
    ],
)
def test_all_conditions_hold_or_nothing_changes(
    server: Server, conditions: dict[str, str], status: int
) -> None:
    put(server)
    put(server, OTHER)
    change = PROMO | {"description": "Third"}
    assert server.http.put("/v1/templates/promo", json=change, headers=conditions).status_code == status
    left = 204 if status == 200 and conditions["If-Match"] == "*" else 412
    assert server.http.delete("/v1/templates/promo", headers=conditions).status_code == left


def test_a_condition_in_two_headers_is_that_of_their_list(server: Server) -> None:
    put(server)
    put(server, OTHER)
    change = PROMO | {"description": "Third"}
    for versions, status in (('"3"', 412), ('"2"', 200)):
        headers = [("If-Match", '"1"'), ("If-Match", versions)]
        assert server.http.put("/v1/templates/promo", json=change, headers=headers).status_code == status


def test_a_condition_on_what_is_not_there_makes_nothing(server: Server) -> None:
    assert kind(put(server, if_match="*")) == "other-version"
    assert server.http.get("/v1/templates/promo").status_code == 404


@pytest.mark.parametrize("headers", [{"if_match": "x"}, {"if_match": '*, "1"'}, {"if_none_match": '"1"'}])
def test_a_condition_that_is_none_is_refused(server: Server, headers: dict[str, str]) -> None:
    answer = put(server, **headers)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["parameter"].startswith("If-")


@pytest.mark.parametrize("name", ["title-card", "clip-it.promo", "Promo", "promo@1", "a" * 51])
def test_a_name_that_cannot_be_a_tenants_is_refused(server: Server, name: str) -> None:
    assert put(server, name=name).status_code == 422


def test_too_many_templates_are_refused_and_more_versions_are_not(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "MOST_NAMES", 2)
    assert [put(server, name=name).status_code for name in ("a", "b", "c")] == [200, 200, 409]
    assert kind(put(server, name="c")) == "too-many-templates"
    assert put(server, OTHER, name="a").status_code == 200


def test_mistakes_are_told_with_their_places_in_what_was_put(server: Server) -> None:
    def changed(change: Callable[[dict[str, Any]], object]) -> Response:
        body = {**PROMO, "composition": dict(PROMO["composition"]), "fields": dict(PROMO["fields"])}
        change(body)
        return put(server, body)

    scene = {"duration_s": 2, "text": {"content": {"$field": "price"}}}
    assert pointers(changed(lambda one: one.pop("example"))) == ["/example"]
    assert pointers(changed(lambda one: one.update(example={}))) == ["/example/price"]
    assert pointers(changed(lambda one: one.update(example={"price": "1", "color": "red"}))) == [
        "/example/color"
    ]
    assert pointers(changed(lambda one: one["composition"].update(width=17))) == ["/composition/width"]
    with_default = {"type": "object", "properties": {**PROMO["fields"]["properties"]}}
    with_default["properties"]["width"] = {"type": "integer", "default": 17}
    with_default["required"] = PROMO["fields"]["required"]
    sized = {**PROMO["composition"], "width": {"$field": "width"}}
    assert pointers(changed(lambda one: one.update(fields=with_default, composition=sized))) == [
        "/fields/properties/width/default"
    ]
    assert pointers(
        changed(lambda one: one["composition"].update(scenes=[scene, {"text": {"content": "x"}}]))
    ) == ["/composition/scenes/1/text/content"]
    assert pointers(changed(lambda one: one["composition"].update(background={"$field": "tint"}))) == [
        "/composition/background"
    ]
    assert pointers(changed(lambda one: one["fields"].update(properties={"a": {"type": "text"}}))) == [
        "/fields/properties/a/type"
    ]
    assert pointers(put(server, PROMO | {"description": "x" * 501})) == ["/description"]


def test_a_submission_names_a_version_or_gets_the_newest(server: Server) -> None:
    put(server)
    put(server, OTHER)
    seen = []
    for reference in ("promo", "promo@1"):
        answer = submit(server, reference)
        assert answer.status_code == 202, answer.text
        seen.append(server.http.get(answer.json()["links"]["self"]).json()["template"])
    assert seen == ["promo@2", "promo@1"]
    of_both = server.http.get("/v1/renders", params={"template": "promo"}).json()["renders"]
    of_one = server.http.get("/v1/renders", params={"template": "promo@1"}).json()["renders"]
    assert (len(of_both), len(of_one)) == (2, 1)


def test_mistakes_in_fields_are_told_with_their_places(server: Server) -> None:
    put(server)
    assert pointers(submit(server, "promo", tint="#000000")) == ["/fields/price", "/fields/tint"]
    assert pointers(submit(server, "promo", price="5", color="red")) == ["/fields/color"]
    assert pointers(submit(server, "promo@2")) == ["/template"]
    body = {"template": "promo", "fields": {"price": "5", "color": "red"}}
    assert pointers(server.http.post("/v1/renders/validate", json=body)) == ["/fields/color"]


def test_a_deleted_template_is_gone_and_its_renders_are_not(server: Server) -> None:
    put(server)
    accepted = submit(server, "promo", key="k")
    refused = server.http.delete("/v1/templates/promo", headers={"If-Match": '"2"'})
    assert (refused.status_code, kind(refused)) == (412, "other-version")
    assert [server.http.delete("/v1/templates/promo").status_code for _ in range(2)] == [204, 204]
    assert server.http.get("/v1/templates/promo").status_code == 404
    assert server.http.get(accepted.json()["links"]["self"]).json()["state"] == "queued"
    assert pointers(submit(server, "promo")) == ["/template"]
    # A submission that was accepted is answered as before.
    again = submit(server, "promo", key="k")
    assert (again.status_code, again.json()["id"]) == (202, accepted.json()["id"])
    assert again.headers["Idempotent-Replayed"] == "true"


def test_a_template_of_the_same_name_goes_on_counting(server: Server) -> None:
    put(server)
    server.http.delete("/v1/templates/promo")
    assert put(server, if_none_match="*").json()["version"] == 2
    assert server.http.get("/v1/templates/promo@1").status_code == 404


def test_the_newest_versions_are_kept(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    assert MOST_VERSIONS < 100 - 1  # all are deleted by one transaction
    monkeypatch.setattr(kept, "MOST_VERSIONS", 2)
    for number in range(3):
        put(server, PROMO | {"description": str(number)})
    found = [server.http.get(f"/v1/templates/promo@{number}").status_code for number in (1, 2, 3)]
    assert found == [404, 200, 200]
    assert server.http.delete("/v1/templates/promo").status_code == 204


@pytest.mark.parametrize("name", ["promo", "title-card", "no@such@name"])
def test_deleting_what_is_not_there_or_not_ones_own_is_not_found(server: Server, name: str) -> None:
    assert server.http.delete(f"/v1/templates/{name}").status_code == 404


def test_nobody_sees_or_uses_another_tenants_template(server: Server) -> None:
    put(server)
    server.http.headers["Authorization"] = f"Bearer {server.other_key}"
    assert server.http.get("/v1/templates/promo").status_code == 404
    assert server.http.delete("/v1/templates/promo").status_code == 404
    assert pointers(submit(server, "promo@1")) == ["/template"]
    assert not [one for one in server.http.get("/v1/templates").json()["templates"] if one["version"]]
    assert put(server).json()["version"] == 1


def test_without_a_key_there_is_nothing(server: Server) -> None:
    server.http.headers["Authorization"] = "Bearer none"
    assert put(server).status_code == 401
    assert server.http.get("/v1/templates/promo").status_code == 401


def repeating(example: object) -> dict[str, object]:
    """A template that makes 100 values of each entry of `many`, when there are any."""
    entries = {"type": "array", "maxItems": 100, "items": {"type": "object", "properties": {}}}
    each = {"$each": "many", "do": {"x": [0] * 98}}
    return {
        "fields": {"type": "object", "properties": {"many": entries}},
        "composition": COMPOSITION | {"more": {"$when": "many", "then": [each]}},
        "example": example,
    }


def test_a_template_that_multiplies_its_entries_is_refused_beyond_the_most_values(server: Server) -> None:
    broad = put(server, repeating(example={"many": [{}] * 100}))
    assert pointers(broad) == ["/composition"]
    assert "beyond 10000 values" in broad.json()["detail"]
    assert put(server, repeating(example={})).status_code == 200
    answer = submit(server, "promo", many=[{}] * 100)
    assert pointers(answer) == ["/template"]
    assert "beyond 10000 values" in answer.json()["detail"]


def test_the_templates_of_a_batch_make_only_so_many_values_together(server: Server) -> None:
    assert put(server, repeating(example={})).status_code == 200
    body = {"shared": {"template": "promo", "fields": {"many": [{}] * 50}}, "items": [{}] * 11}
    answer = server.http.post("/v1/batches", json=body, headers={"Idempotency-Key": "b"})
    assert "/shared/template" in pointers(answer)
    assert "beyond 50000 values" in str(answer.json()["errors"])


@pytest.mark.parametrize("default", [{}, {"a": 1}, {"a": [1]}, 5])
@pytest.mark.parametrize(
    ("inner", "place"),
    [
        ({"type": "null"}, "/type"),
        ({"type": "string", "pattern": "("}, "/pattern"),
        ({"type": "number", "multipleOf": 0}, "/multipleOf"),
        ({"type": "array", "maxItems": 2, "items": {"type": "null"}}, "/items/type"),
        ({"oneOf": [{}]}, "/type"),
        (5, ""),
    ],
    ids=["type", "pattern", "step", "entries", "choice", "no-schema"],
)
def test_a_mistake_in_a_field_is_told_whatever_the_default_around_it_is(
    server: Server, inner: object, place: str, default: object
) -> None:
    fields = {"type": "object", "properties": {"a": inner}, "default": default}
    body = {"fields": fields, "composition": COMPOSITION, "example": {}}
    assert pointers(put(server, body)) == [f"/fields/properties/a{place}"]


def test_a_default_larger_than_any_float_is_kept_as_it_is(server: Server) -> None:
    field = {"type": "number", "multipleOf": 0.5, "default": 10**400}
    body = {
        "fields": {"type": "object", "properties": {"large": field}},
        "composition": COMPOSITION,
        "example": {},
    }
    assert put(server, body).status_code == 200
    shown = server.http.get("/v1/templates/promo").json()
    assert shown["fields"]["properties"]["large"]["default"] == 10**400
