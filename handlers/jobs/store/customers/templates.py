"""A tenant's own templates: an item that names the newest version, and an item for each version.

Versions never change. A template that is deleted leaves its number behind for `KEPT_SECONDS`, so that one of
the same name goes on counting, and `promo@3` means one thing.
"""

import gzip
import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import islice
from typing import Final, TypeAlias

from handlers.jobs.errors import TryAgainLater
from handlers.jobs.json_schema.values import Json
from handlers.jobs.store import keys
from handlers.jobs.store.attributes import Item, Value
from handlers.jobs.store.compositions import unpacked
from handlers.jobs.store.keys import Entity
from handlers.jobs.store.reading import OnUnreadable, Reader, readable, untold
from handlers.jobs.store.table import (
    ABSENT,
    MOST_CALLS,
    Condition,
    Delete,
    Put,
    Query,
    Table,
    Write,
    equal,
)
from handlers.jobs.store.writing import ROUNDS

MOST_NAMES: Final = 200
MOST_VERSIONS: Final = 50
"""Versions of a template that are kept; a transaction that deletes them all may have 100 writes."""
KEPT_SECONDS: Final = 90 * 86_400
UNUSED: Final = 0
"""The version of a template that is not there."""
Versions: TypeAlias = Collection[int]


class TemplateRefusal(StrEnum):
    """Why a template was not written."""

    NO_SUCH_TEMPLATE = "no_such_template"
    OTHER_VERSION = "other_version"
    TOO_MANY = "too_many"


@dataclass(frozen=True, kw_only=True)
class TemplateVersion:
    """A version of a tenant's template; `content` is what was put."""

    name: str
    version: int
    content: Mapping[str, Json]
    created_at: float


@dataclass(frozen=True, kw_only=True)
class TemplateEntry:
    """A template in its tenant's list."""

    name: str
    version: int
    description: str
    updated_at: float


@dataclass(frozen=True, kw_only=True)
class _Newest:
    """What is known of a template's versions: the newest number, and the first that is still there."""

    version: int
    first: int
    sha256: str
    deleted_at: float | None

    @property
    def current(self) -> int:
        return UNUSED if self.deleted_at is not None else self.version

    @property
    def unchanged(self) -> Condition:
        return equal(version=self.version, deleted_at=self.deleted_at)


_NONE: Final = _Newest(version=UNUSED, first=1, sha256="", deleted_at=0.0)


class CustomerTemplates:
    """The job server's access to templates.

    `if_version` has the versions of which one must be the newest, `UNUSED` for none; None takes any.
    """

    def __init__(self, table: Table, on_unreadable: OnUnreadable = untold) -> None:
        self._table, self._on_unreadable = table, on_unreadable

    def put(
        self, tenant: str, name: str, content: Mapping[str, Json], *, if_version: Versions | None, now: float
    ) -> TemplateVersion | TemplateRefusal:
        """Store the next version, unless the newest is the same already: so a repetition changes nothing."""
        text = json.dumps(content, sort_keys=True).encode()
        digest = hashlib.sha256(text).hexdigest()
        for _ in range(ROUNDS):
            before = self._newest(tenant, name)
            if before.current and before.sha256 == digest:
                found = self.version(tenant, name, before.version)
                if found:
                    return found
                continue
            if if_version is not None and before.current not in if_version:
                return TemplateRefusal.OTHER_VERSION
            if not before.current and self._is_full(tenant):
                return TemplateRefusal.TOO_MANY
            made = TemplateVersion(name=name, version=before.version + 1, content=content, created_at=now)
            if self._table.transact([*_writes(tenant, before, made, text, digest)]):
                return made
        raise TryAgainLater(f"template {name}: overtaken {ROUNDS} times")

    def delete(
        self, tenant: str, name: str, *, if_version: Versions | None, now: float
    ) -> TemplateRefusal | None:
        """Delete a template with all versions; None when it is deleted, now or before."""
        for _ in range(ROUNDS):
            before = self._newest(tenant, name)
            if not before.current:
                return None if before.deleted_at else TemplateRefusal.NO_SUCH_TEMPLATE
            if if_version is not None and before.current not in if_version:
                return TemplateRefusal.OTHER_VERSION
            versions = range(before.first, before.version + 1)
            gone = [Delete(key=keys.template_version(tenant, name, number)) for number in versions]
            if self._table.transact([_tombstone(tenant, name, before, now), *gone]):
                return None
        raise TryAgainLater(f"template {name}: overtaken {ROUNDS} times")

    def version(self, tenant: str, name: str, version: int) -> TemplateVersion | None:
        """One version of a template."""
        item = self._table.get(keys.template_version(tenant, name, version))
        return _version_from_item(item) if item else None

    def newest(self, tenant: str, name: str) -> TemplateVersion | None:
        """The newest version of a template, by one call."""
        match = Condition(
            "#pk = :pk AND begins_with(#sk, :versions)",
            {":pk": keys.template(tenant, name).pk, ":versions": keys.TEMPLATE_VERSIONS},
        )
        query = Query(match=match, ascending=False, page=1, consistent=True)
        return next((_version_from_item(item) for item in islice(self._table.query(query), 1)), None)

    def of_tenant(self, tenant: str) -> list[TemplateEntry]:
        """All templates of a tenant, by name; one of the last second may be missing.

        They may be more than `MOST_NAMES`: nobody uses what no list shows.
        """
        found = self._table.query(replace(_of_tenant(tenant), most_calls=MOST_CALLS))
        return list(readable(found, _entry_from_item, self._on_unreadable))

    def _is_full(self, tenant: str) -> bool:
        """Whether the tenant has the maximum; requests at the same moment can add some more."""
        return self._table.count(_of_tenant(tenant), at_most=MOST_NAMES) >= MOST_NAMES

    def _newest(self, tenant: str, name: str) -> _Newest:
        item = self._table.get(keys.template(tenant, name))
        if item is None:
            return _NONE
        read = Reader(item)
        return _Newest(
            version=read.whole("version"),
            first=read.whole("first"),
            sha256=read.text("sha256"),
            deleted_at=read.maybe_time("deleted_at"),
        )


def _of_tenant(tenant: str) -> Query:
    return Query(index=keys.BY_TENANT, match=equal(tenant_pk=keys.templates_pk(tenant)))


def _writes(tenant: str, before: _Newest, made: TemplateVersion, text: bytes, digest: str) -> Iterator[Write]:
    first = before.first if before.current else made.version
    oldest = made.version - MOST_VERSIONS
    description = made.content.get("description")
    yield Put(
        item={
            **_head(tenant, made.name),
            "tenant_pk": keys.templates_pk(tenant),
            "tenant_sk": made.name,
            "version": made.version,
            "first": max(first, oldest + 1),
            "sha256": digest,
            "description": description if isinstance(description, str) else "",
            "updated_at": made.created_at,
        },
        condition=before.unchanged if before.version else ABSENT,
    )
    key = keys.template_version(tenant, made.name, made.version)
    yield Put(
        item={
            "pk": key.pk,
            "sk": key.sk,
            "entity": Entity.TEMPLATE_VERSION,
            "name": made.name,
            "version": made.version,
            "content": gzip.compress(text, mtime=0),
            "created_at": made.created_at,
        }
    )
    if oldest >= first:
        yield Delete(key=keys.template_version(tenant, made.name, oldest))


def _tombstone(tenant: str, name: str, before: _Newest, now: float) -> Put:
    """What stays of a deleted template; it is in no list."""
    return Put(
        item={
            **_head(tenant, name),
            "version": before.version,
            "first": before.version + 1,
            "sha256": "",
            "updated_at": now,
            "deleted_at": now,
            "expires_at": int(now) + KEPT_SECONDS,
        },
        condition=before.unchanged,
    )


def _head(tenant: str, name: str) -> Item:
    key = keys.template(tenant, name)
    return {"pk": key.pk, "sk": key.sk, "entity": Entity.TEMPLATE, "tenant": tenant, "name": name}


def _version_from_item(item: Mapping[str, Value]) -> TemplateVersion:
    read = Reader(item)
    content = json.loads(unpacked(read))
    if not isinstance(content, dict):
        raise read.refusal("content", "an object")
    return TemplateVersion(
        name=read.text("name"),
        version=read.whole("version", least=1),
        content=content,
        created_at=read.time("created_at"),
    )


def _entry_from_item(item: Mapping[str, Value]) -> TemplateEntry:
    read = Reader(item)
    return TemplateEntry(
        name=read.text("name"),
        version=read.whole("version", least=1),
        description=read.text("description"),
        updated_at=read.time("updated_at"),
    )
