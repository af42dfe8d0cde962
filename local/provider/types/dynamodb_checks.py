"""What DynamoDB refuses about a table, as far as the inputs show it."""

import re
from collections.abc import Iterator

from local.provider.types.props import Props
from local.provider.types.resource import Check, CheckFailure

INDEX_LIMIT = 20  # global secondary indexes a table may have unless the quota is raised
NAME = re.compile(r"[A-Za-z0-9_.-]{3,}")
NAME_LOW, NAME_HIGH = 3, 255  # of an index
RECOVERY_DAYS = range(1, 36)


def keys_of(block: Props) -> list[tuple[str, str]]:
    """The keys of a table or an index, each with its kind; an index may say them in either of two ways."""
    schemas = [(item.text("attributeName"), item.text("keyType")) for item in block.blocks("keySchemas")]
    named = ((block.maybe_text("hashKey"), "HASH"), (block.maybe_text("rangeKey"), "RANGE"))
    return schemas or [(name, kind) for name, kind in named if name]


def _attributes_are_indexed(inputs: Props) -> Iterator[CheckFailure]:
    """Attributes that no key uses are refused, and so are keys that no attribute declares."""
    declared = {item.text("name") for item in inputs.blocks("attributes")}
    tables = (inputs, *inputs.blocks("globalSecondaryIndexes"), *inputs.blocks("localSecondaryIndexes"))
    used = {name for block in tables for name, _ in keys_of(block)}
    if spare := sorted(declared - used):
        reason = (
            f"{', '.join(spare)}: no key of the table or of an index uses it; declare key attributes only"
        )
        yield CheckFailure(property="attributes", reason=reason)
    if missing := sorted(used - declared):
        reason = f"{', '.join(missing)}: is a key but is not declared; add it with its type"
        yield CheckFailure(property="attributes", reason=reason)
    for item in inputs.blocks("attributes"):
        if item.maybe_text("type") not in {"S", "N", "B"}:
            reason = f"{item.text('name')}: type {item.maybe_text('type')!r} is not allowed; use S, N or B"
            yield CheckFailure(property="attributes", reason=reason)


def _indexes_are_whole(inputs: Props) -> Iterator[CheckFailure]:
    indexes = inputs.blocks("globalSecondaryIndexes")
    if len(indexes) > INDEX_LIMIT:
        reason = f"{len(indexes)} indexes; at most {INDEX_LIMIT} are allowed"
        yield CheckFailure(property="globalSecondaryIndexes", reason=reason)
    for block in indexes:
        name, projection = block.text("name"), block.maybe_text("projectionType")
        if not NAME_LOW <= len(name) <= NAME_HIGH:
            reason = f"{name!r} has {len(name)} characters; {NAME_LOW} to {NAME_HIGH} are allowed"
            yield CheckFailure(property="globalSecondaryIndexes", reason=reason)
        if projection not in {"ALL", "KEYS_ONLY", "INCLUDE"}:
            reason = f"{name}: projection {projection!r} is not allowed; use ALL, KEYS_ONLY or INCLUDE"
            yield CheckFailure(property="globalSecondaryIndexes", reason=reason)
        if [kind for _, kind in keys_of(block)] not in (["HASH"], ["HASH", "RANGE"]):
            reason = f"{name}: needs a HASH key and at most one RANGE key, by hashKey or by keySchemas"
            yield CheckFailure(property="globalSecondaryIndexes", reason=reason)
        if (projection == "INCLUDE") != bool(block.texts("nonKeyAttributes")):
            reason = f"{name}: nonKeyAttributes and the projection INCLUDE need each other"
            yield CheckFailure(property="globalSecondaryIndexes", reason=reason)


def _capacity_fits_billing(inputs: Props) -> Iterator[CheckFailure]:
    on_demand = inputs.text("billingMode") == "PAY_PER_REQUEST"
    for key in ("readCapacity", "writeCapacity"):
        if on_demand and inputs.maybe_number(key):
            yield CheckFailure(property=key, reason="is not allowed with PAY_PER_REQUEST; leave it out")
        if not on_demand and not inputs.maybe_number(key):
            yield CheckFailure(property=key, reason="is required with PROVISIONED; give at least 1")


def _stream_has_a_view(inputs: Props) -> Iterator[CheckFailure]:
    if inputs.flag("streamEnabled") and not inputs.has("streamViewType"):
        yield CheckFailure(property="streamViewType", reason="is required when streamEnabled is true")


def _ttl_names_its_attribute(inputs: Props) -> Iterator[CheckFailure]:
    block = inputs.block("ttl")
    if block.flag("enabled") and not block.maybe_text("attributeName"):
        yield CheckFailure(property="ttl.attributeName", reason="is required when ttl is enabled")


def _recovery_period(inputs: Props) -> Iterator[CheckFailure]:
    days = inputs.block("pointInTimeRecovery").maybe_number("recoveryPeriodInDays")
    if days is not None and days not in RECOVERY_DAYS:
        reason = f"{days} is out of range; 1 to 35 days are allowed"
        yield CheckFailure(property="pointInTimeRecovery.recoveryPeriodInDays", reason=reason)


def _well_named(inputs: Props) -> Iterator[CheckFailure]:
    name = inputs.maybe_text("name")
    if name is not None and not NAME.fullmatch(name):
        reason = f"{name!r} is not a table name; use 3 or more letters, digits, hyphens, underscores and dots"
        yield CheckFailure(property="name", reason=reason)


TABLE_CHECKS: tuple[Check, ...] = (
    _well_named,
    _attributes_are_indexed,
    _indexes_are_whole,
    _capacity_fits_billing,
    _stream_has_a_view,
    _ttl_names_its_attribute,
    _recovery_period,
)
