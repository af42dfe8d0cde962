"""What a process remembers of templates, counted in the memory that it takes."""

import json
import tracemalloc
from collections.abc import Mapping

import pytest

from handlers.job_server.templates import service as service_module
from handlers.job_server.templates.service import MOST_BYTES, TemplateService, size_of
from handlers.jobs.json_schema.values import Json
from handlers.jobs.store.customers.templates import CustomerTemplates, TemplateVersion
from handlers.jobs.tenant_templates.definition import LARGEST_BYTES
from tests.handlers.job_server.fakes import COMPOSITION
from tests.handlers.life.memory_table import MemoryTable

DENSE = {"enum": [[{} for _ in range(96)] for _ in range(50)]}
"""20 KB of JSON."""


class Parsed(CustomerTemplates):
    """Any version, each with objects of its own, and how often it was asked."""

    asked = 0

    def version(self, tenant: str, name: str, version: int) -> TemplateVersion:
        self.asked += 1
        return TemplateVersion(name=name, version=version, content=of_dense(), created_at=0.0)


def of_dense() -> Mapping[str, Json]:
    field: Json = json.loads(json.dumps(DENSE))
    return {"fields": {"properties": {"t": field}}, "composition": {**COMPOSITION}, "example": {}}


def test_versions_in_memory_take_no_more_than_they_may(monkeypatch: pytest.MonkeyPatch) -> None:
    most = 10 * size_of(of_dense())
    monkeypatch.setattr(service_module, "MOST_BYTES", most)
    store = Parsed(MemoryTable())
    service = TemplateService(store, clock=lambda: 0.0)
    versions = 15
    tracemalloc.start()
    try:
        for number in range(1, versions + 1):
            service.of_submission("acme", f"promo@{number}")
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most * 0.8 < kept < most * 1.1
    for number in (versions, 1):
        service.of_submission("acme", f"promo@{number}")
    assert store.asked == versions + 1, "the newest one is remembered, the first one is not"


def test_the_largest_template_is_remembered() -> None:
    assert size_of({"enum": [{}] * (LARGEST_BYTES // 3)}) < MOST_BYTES / 20
