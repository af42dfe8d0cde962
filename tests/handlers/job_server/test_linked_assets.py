"""A stack whose instances cannot reach the internet refuses files by URL wherever a body may name one."""

from dataclasses import replace

import pytest

from handlers.job_server.batches.requests import batch_request
from handlers.job_server.schemas.engines import engines
from handlers.job_server.schemas.requests import RefusedError, Rules, of_catalog, render_request
from handlers.job_server.templates.service import TemplateService
from handlers.jobs.json_schema.values import Json
from handlers.jobs.outgoing.asset_links import LinkedAssets
from handlers.jobs.outgoing.webhook_urls import WebhookTargets
from handlers.jobs.store.customers.templates import CustomerTemplates
from tests.handlers.job_server.fakes import COMPOSITION
from tests.handlers.life.memory_table import MemoryTable

URL = "https://files.example.com/logo.png"
OPEN = Rules(fleets=("cpu",), default_fleet="cpu", webhook_targets=WebhookTargets.PUBLIC)
CLOSED = replace(OPEN, linked_assets=LinkedAssets.NONE)
LINKING: dict[str, Json] = {
    **COMPOSITION,
    "scenes": [{"duration_s": 1, "image": {"asset": {"url": URL}}}],
}
DEFINITION: dict[str, Json] = {
    "fields": {"type": "object", "properties": {"title": {"type": "string", "maxLength": 9}}},
    "composition": LINKING,
    "example": {},
}


def templates(linked: LinkedAssets, table: MemoryTable) -> TemplateService:
    return TemplateService(CustomerTemplates(table), clock=lambda: 1_700_000_000.0, linked=linked)


def refused_at(refused: pytest.ExceptionInfo[RefusedError]) -> list[str]:
    assert all("cannot reach the internet" in one.detail for one in refused.value.findings)
    return [one.pointer for one in refused.value.findings]


def test_a_composition_is_refused_at_the_place_of_the_url() -> None:
    assert render_request({"composition": LINKING}, OPEN)
    with pytest.raises(RefusedError) as refused:
        render_request({"composition": LINKING}, CLOSED)
    assert refused_at(refused) == ["/composition/scenes/0/image/asset/url"]


def test_a_composition_of_an_engines_own_schema_is_refused_too() -> None:
    own = engines('{"cpu": {"formats": ["mp4"], "features": [], "composition": {"type": "object"}}}')
    with pytest.raises(RefusedError) as refused:
        render_request({"composition": {"model": {"asset": {"url": URL}}}}, replace(CLOSED, engines=own))
    assert refused_at(refused) == ["/composition/model/asset/url"]


def test_an_item_of_a_batch_is_refused_by_its_place() -> None:
    body: Json = {"items": [{"composition": COMPOSITION}, {"composition": LINKING}]}
    with pytest.raises(RefusedError) as refused:
        batch_request(body, CLOSED, pay=lambda _renders: None)
    assert refused_at(refused) == ["/items/1/composition/scenes/0/image/asset/url"]


def test_a_template_with_a_url_can_neither_be_put_nor_used() -> None:
    table = MemoryTable()
    assert templates(LinkedAssets.PUBLIC, table).put("acme", "promo", DEFINITION, if_version=None)
    closed = templates(LinkedAssets.NONE, table)
    with pytest.raises(RefusedError) as refused:
        closed.put("acme", "other", DEFINITION, if_version=None)
    assert refused_at(refused) == ["/composition/scenes/0/image/asset/url"]
    rules = replace(CLOSED, template_of=lambda name: closed.of_submission("acme", name))
    with pytest.raises(RefusedError) as used:
        render_request({"template": "promo", "fields": {}}, rules)
    assert len(refused_at(used)) == 1


def test_what_names_no_url_is_accepted() -> None:
    assert render_request({"composition": COMPOSITION}, CLOSED)
    assert of_catalog("title-card")
    assert render_request({"template": "title-card", "fields": {"title": "Hello"}}, CLOSED)
