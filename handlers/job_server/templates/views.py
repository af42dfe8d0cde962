"""Templates as their callers see them."""

from collections.abc import Sequence
from datetime import UTC, datetime

from pydantic import ConfigDict, Field

from handlers.job_server.schemas.responses import View
from handlers.jobs.store.customers.templates import TemplateEntry, TemplateVersion
from handlers.jobs.templates import Template, catalog
from handlers.jobs.tenant_templates.definition import template_of


class TemplateView(View):
    """A template in the list; those of the catalog have no version, and bring their fields."""

    model_config = ConfigDict(title="Template")

    name: str
    description: str
    fields: dict[str, object] | None = Field(
        default=None, description="JSON Schema of the fields; null for your own: get the template."
    )
    version: int | None = Field(default=None, description="The newest version; null in the catalog.")
    updated_at: datetime | None = None


class TemplateListView(View):
    """The catalog, and after it your own templates by name."""

    model_config = ConfigDict(title="TemplateList")

    templates: list[TemplateView]


class OwnTemplateView(View):
    """One version of a template; one of the catalog has neither version nor example."""

    model_config = ConfigDict(title="TemplateVersion")

    name: str
    version: int | None = None
    description: str
    fields: dict[str, object]
    composition: dict[str, object]
    example: dict[str, object] | None = None
    created_at: datetime | None = None


def listed(own: Sequence[TemplateEntry]) -> TemplateListView:
    """The catalog and a tenant's own templates."""
    return TemplateListView(
        templates=[
            *(
                TemplateView(name=one.name, description=one.description, fields=dict(one.fields))
                for one in catalog().values()
            ),
            *(
                TemplateView(
                    name=one.name,
                    description=one.description,
                    version=one.version,
                    updated_at=datetime.fromtimestamp(one.updated_at, UTC),
                )
                for one in own
            ),
        ]
    )


def own(one: TemplateVersion) -> OwnTemplateView:
    """A tenant's own template."""
    template, example = template_of(one.name, one.content), one.content.get("example")
    return of_catalog(template).model_copy(
        update={
            "version": one.version,
            "example": example if isinstance(example, dict) else None,
            "created_at": datetime.fromtimestamp(one.created_at, UTC),
        }
    )


def of_catalog(one: Template) -> OwnTemplateView:
    """A template of the catalog."""
    return OwnTemplateView(
        name=one.name,
        description=one.description,
        fields=dict(one.fields),
        composition=dict(one.composition),
    )


def etag(one: TemplateVersion) -> str:
    """What `If-Match` takes."""
    return f'"{one.version}"'
