"""The operations on templates, without HTTP: put, get, list, delete, and the template of a submission."""

from collections.abc import Callable, Mapping, Sequence
from sys import getsizeof
from typing import Final, Protocol

from handlers.job_server.memory import Memory
from handlers.job_server.schemas.requests import NamedTemplate, RefusedError
from handlers.jobs.json_schema.values import Finding, Json
from handlers.jobs.outgoing.asset_links import LinkedAssets
from handlers.jobs.store.customers.templates import (
    UNUSED,
    TemplateEntry,
    TemplateRefusal,
    TemplateVersion,
    Versions,
)
from handlers.jobs.templates import Template, catalog
from handlers.jobs.tenant_templates.definition import (
    NAME,
    REFERENCE,
    definition_findings,
    template_of,
)

VERSION_SECONDS: Final = 3600.0
"""How long a version that was read is remembered: it never changes, and one that is deleted works for so long
in a process that has seen it."""
MOST_BYTES: Final = 32 * 2**20
"""Of versions in memory, as Python's objects, which take up to some twenty times their JSON; a task of the
smallest size has 512 MiB. The template of the examples takes 5 KB."""


class Store(Protocol):
    """The templates of tenants."""

    def put(
        self, tenant: str, name: str, content: Mapping[str, Json], *, if_version: Versions | None, now: float
    ) -> TemplateVersion | TemplateRefusal:
        """Store the next version, unless the newest is the same already."""

    def delete(
        self, tenant: str, name: str, *, if_version: Versions | None, now: float
    ) -> TemplateRefusal | None:
        """Delete a template with all versions."""

    def version(self, tenant: str, name: str, version: int) -> TemplateVersion | None:
        """One version of a template."""

    def newest(self, tenant: str, name: str) -> TemplateVersion | None:
        """The newest version of a template."""

    def of_tenant(self, tenant: str) -> list[TemplateEntry]:
        """All templates of a tenant, by name."""


class TemplateRefusedError(Exception):
    """A template was not written or deleted."""

    def __init__(self, refusal: TemplateRefusal) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal


class TemplateService:
    """The templates of every tenant, as one process knows them."""

    def __init__(
        self, store: Store, *, clock: Callable[[], float], linked: LinkedAssets = LinkedAssets.PUBLIC
    ) -> None:
        self._store, self._clock, self._linked = store, clock, linked
        self._versions: Memory[tuple[str, str, int], TemplateVersion] = Memory(
            VERSION_SECONDS, most=MOST_BYTES, weigh=lambda one: size_of(one.content)
        )

    def put(self, tenant: str, name: str, body: Json, *, if_version: Versions | None) -> TemplateVersion:
        """Store a definition as the next version; a repetition gives the version that it made.

        Raises:
            RefusedError: the name or the definition cannot be used.
            TemplateRefusedError: the template has another version, or there are too many.
        """
        found = [*name_findings(name), *definition_findings(name, body, linked=self._linked)]
        if found or not isinstance(body, dict):
            raise RefusedError(found)
        now = round(self._clock(), 3)
        stored = self._store.put(tenant, name, body, if_version=if_version, now=now)
        if isinstance(stored, TemplateRefusal):
            raise TemplateRefusedError(stored)
        return stored

    def get(self, tenant: str, reference: str) -> TemplateVersion | Template:
        """A template of the tenant, or of the catalog.

        Raises:
            TemplateRefusedError: there is none.
        """
        found = catalog().get(reference) or self._own(tenant, reference)
        if found is None:
            raise TemplateRefusedError(TemplateRefusal.NO_SUCH_TEMPLATE)
        return found

    def delete(self, tenant: str, name: str, *, if_version: Versions | None) -> None:
        """Delete a template with all versions. Renders of it go on: their compositions are made.

        Raises:
            TemplateRefusedError: there is none, or it has another version.
        """
        if not NAME.fullmatch(name) or name in catalog():
            raise TemplateRefusedError(TemplateRefusal.NO_SUCH_TEMPLATE)
        refusal = self._store.delete(tenant, name, if_version=if_version, now=round(self._clock(), 3))
        if refusal:
            raise TemplateRefusedError(refusal)

    def of_tenant(self, tenant: str) -> Sequence[TemplateEntry]:
        """The tenant's own templates, by name."""
        return self._store.of_tenant(tenant)

    def of_submission(self, tenant: str, reference: str) -> NamedTemplate | None:
        """The template that a submission names, read with at most one call; None when there is none."""
        if found := catalog().get(reference):
            return NamedTemplate(template=found, reference=reference)
        own = self._own(tenant, reference)
        if own is None:
            return None
        return NamedTemplate(
            template=template_of(own.name, own.content), reference=f"{own.name}@{own.version}"
        )

    def _own(self, tenant: str, reference: str) -> TemplateVersion | None:
        match = REFERENCE.fullmatch(reference)
        if match is None:
            return None
        name, number = match[1], int(match[2] or UNUSED)
        if not number:
            return self._store.newest(tenant, name)
        return self._versions.get((tenant, name, number), lambda: self._store.version(tenant, name, number))


def size_of(value: Json | Mapping[str, Json]) -> int:
    """Bytes that a JSON value takes in memory, parts that it shares with others included."""
    size = getsizeof(value)
    if isinstance(value, Mapping):
        return size + sum(getsizeof(name) + size_of(inner) for name, inner in value.items())
    return size + sum(map(size_of, value)) if isinstance(value, list) else size


def name_findings(name: str) -> list[Finding]:
    """What is wrong with the name of a tenant's template."""
    if name in catalog():
        return [Finding(pointer="", detail=f"cannot be put: {name} is the name of a template of the catalog")]
    if not NAME.fullmatch(name):
        detail = "cannot be put under this name; a name has 1 to 50 of a-z, 0-9 and -, a letter first"
        return [Finding(pointer="", detail=detail)]
    return []
