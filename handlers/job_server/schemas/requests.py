"""Validates request bodies: against their schema, then against rules that no schema can express."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Final, cast

from handlers.job_server.schemas.bodies import (
    ASSET_REQUEST,
    COMPOSITION_REQUEST,
    LONGEST_NAME,
    METADATA_BYTES,
    MOST_METADATA,
    TEMPLATE_REQUEST,
)
from handlers.job_server.schemas.composition_warnings import composition_warnings
from handlers.job_server.schemas.outputs import output_findings, output_options
from handlers.jobs import composition
from handlers.jobs.composition import Length, length
from handlers.jobs.json_schema.checker import Checker
from handlers.jobs.json_schema.values import Finding, Json, shown
from handlers.jobs.model import Priority
from handlers.jobs.outgoing.asset_links import LinkedAssets
from handlers.jobs.outgoing.webhook_urls import WebhookTargets, complaint
from handlers.jobs.outputs import DEFAULT_OPTIONS, MP4_ALONE, Abilities, Engines, Feature, OutputOptions
from handlers.jobs.store.customers.batches import MOST_ITEMS
from handlers.jobs.templates import Room, Template, TooManyValuesError, catalog
from handlers.jobs.tenants import spaces

MOST_WARNINGS: Final = 20
_COMPOSITION: Final = Checker(COMPOSITION_REQUEST)
_TEMPLATE: Final = Checker(TEMPLATE_REQUEST)
_ASSET: Final = Checker(ASSET_REQUEST)


@dataclass(frozen=True, kw_only=True)
class RenderRequest:
    """A valid submission; `assets` has the place in the body of each asset."""

    composition: Json
    assets: Mapping[str, Sequence[str]]
    template: str | None
    fleet: str
    webhook_url: str | None
    metadata: Mapping[str, str] = field(default_factory=dict)
    output: OutputOptions = DEFAULT_OPTIONS
    length: Length | None = None
    """How long the video lasts; not known of a composition of an engine with a schema of its own."""
    priority: Priority = Priority.NORMAL
    place_of: Callable[[str], str] = str
    """The place in the body of a place in the composition."""

    @property
    def warnings(self) -> list[Finding]:
        """What will not come as asked for; of a composition of an engine's own schema nothing is known."""
        found = composition_warnings(self.composition, self.output) if self.length else ()
        return [replace(one, pointer=self.place_of(one.pointer)) for one in islice(found, MOST_WARNINGS)]


@dataclass(frozen=True, kw_only=True)
class AssetRequest:
    """A valid announcement of an upload."""

    content_type: str
    size: int


@dataclass(frozen=True, kw_only=True)
class NamedTemplate:
    """A template that a submission names, and the name under which its render remembers it."""

    template: Template
    reference: str


def of_catalog(name: str) -> NamedTemplate | None:
    """The template of the catalog with this name."""
    found = catalog().get(name)
    return NamedTemplate(template=found, reference=name) if found else None


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What a submission is checked against in addition to its schema."""

    fleets: Collection[str]
    default_fleet: str
    webhook_targets: WebhookTargets
    linked_assets: LinkedAssets = LinkedAssets.PUBLIC
    largest_batch: int = MOST_ITEMS
    engines: Engines = field(default_factory=dict)
    template_of: Callable[[str], NamedTemplate | None] = of_catalog
    test: bool = False
    """Whether the key is a test key."""


class RefusedError(ValueError):
    """A body cannot be accepted; holds every mistake in it."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__(f"{len(findings)} findings")
        self.findings = findings


def render_request(body: Json, rules: Rules, room: Room | None = None) -> RenderRequest:
    """The submission in a body; items of a batch share the room for what their templates make.

    Raises:
        RefusedError: it cannot be accepted.
    """
    fields = body if isinstance(body, dict) else {}
    templated = sorted(fields.keys() & {"template", "fields"})
    both = bool(templated) and "composition" in fields
    if both:
        beside = " and ".join(templated)
        detail = f"stands beside {beside}; send a composition, or a template with its fields"
        found = [Finding(pointer="/composition", detail=detail)]
    else:
        found = (_TEMPLATE if templated else _COMPOSITION).findings(body)
    found += [
        *_fleet_findings(fields, rules),
        *_webhook_findings(fields, rules),
        *_metadata_findings(fields),
    ]
    fleet = _text(fields.get("fleet")) or rules.default_fleet
    engine = rules.engines.get(fleet, MP4_ALONE)
    if "template" in fields and engine.composition and not both:
        detail = (
            f"makes compositions that the engine of fleet {fleet} does not take; it has a schema of its own"
        )
        raise RefusedError([*found, Finding(pointer="/template", detail=detail)])
    content = None
    if templated and not both:
        content = _from_template(fields, found, rules, room or Room())
    elif not both:
        content = _as_given(fields, found, engine.composition, rules.linked_assets)
    output = output_options(fields.get("output"))
    lasts = length(content.composition) if content and not (found or engine.composition) else None
    if fleet in rules.fleets:
        found += output_findings(output, engine, fleet, lasts)
    if rules.test and content and not found:
        found += _test_findings(content, engine, fleet)
    if found or content is None:
        raise RefusedError(found)
    return RenderRequest(
        composition=content.composition,
        assets=_by_asset(content.asset_places),
        template=content.template,
        fleet=fleet,
        webhook_url=_text(fields.get("webhook_url")),
        metadata=_texts(fields.get("metadata")),
        output=replace(output, mark=spaces.WATERMARK) if rules.test else output,
        length=lasts,
        priority=Priority(_text(fields.get("priority")) or Priority.NORMAL),
        place_of=content.place_of,
    )


def asset_request(body: Json) -> AssetRequest:
    """The announced upload in a body.

    Raises:
        RefusedError: it cannot be accepted.
    """
    found = _ASSET.findings(body)
    if found:
        raise RefusedError(found)
    fields = cast("Mapping[str, str | int]", body)
    return AssetRequest(content_type=str(fields["content_type"]), size=int(fields["size"]))


@dataclass(frozen=True, kw_only=True)
class _Content:
    """A composition, and the place in the body of each of its parts, and of each asset it uses."""

    composition: Json
    place_of: Callable[[str], str]
    asset_places: Iterable[tuple[str, str]]
    template: str | None = None


def _as_given(
    body: Mapping[str, Json], found: list[Finding], own: Checker | None, linked: LinkedAssets
) -> _Content | None:
    given = body.get("composition")
    mistakes = []
    if isinstance(given, dict) and own:
        mistakes = composition.findings_of_own(given, own, linked=linked)
    elif isinstance(given, dict):
        mistakes = composition.findings(given, linked=linked)
    found += mistakes
    if mistakes or not isinstance(given, dict):
        return None
    return _Content(
        composition=given,
        place_of=lambda place: f"/composition{place}",
        asset_places=composition.asset_places(given),
    )


def _from_template(
    body: Mapping[str, Json], found: list[Finding], rules: Rules, room: Room
) -> _Content | None:
    name, fields = body.get("template"), body.get("fields")
    if not isinstance(name, str) or not isinstance(fields, dict):
        return None
    named = rules.template_of(name)
    if named is None:
        there = f"there are your own and: {', '.join(catalog())}"
        found.append(Finding(pointer="/template", detail=f"is {shown(name)}; {there}"))
        return None
    template = named.template
    mistakes = template.findings(fields)
    found += mistakes
    if mistakes:
        return None
    try:
        expanded = template.expand(fields, room)
    except TooManyValuesError as error:
        found.append(Finding(pointer="/template", detail=f"{error}; give fewer entries"))
        return None
    origins = template.origins(fields)
    found += [
        Finding(
            pointer=origins.of(one.pointer),
            detail=f"{one.detail} (in the composition that the template makes, {one.pointer})",
        )
        for one in composition.findings(expanded, at="", linked=rules.linked_assets)
    ]
    places = [(origins.of(place), asset) for place, asset in composition.asset_places(expanded, at="")]
    return _Content(composition=expanded, place_of=origins.of, asset_places=places, template=named.reference)


def _test_findings(content: _Content, engine: Abilities, fleet: str) -> list[Finding]:
    """What a test key may not have made."""
    if engine.composition:
        detail = f"is {fleet}, whose compositions have a schema of their own; a test key cannot limit them"
        return [Finding(pointer="/fleet", detail=detail)]
    if Feature.MARK not in engine.features:
        detail = f"is {fleet}, whose engine cannot mark a video as a test; use another fleet or another key"
        return [Finding(pointer="/fleet", detail=detail)]
    return [
        replace(one, pointer=content.place_of(one.pointer)) for one in spaces.findings(content.composition)
    ]


def _by_asset(places: Iterable[tuple[str, str]]) -> Mapping[str, Sequence[str]]:
    found: dict[str, list[str]] = {}
    for place, asset in places:
        found.setdefault(asset, []).append(place)
    return found


def _fleet_findings(body: Mapping[str, Json], rules: Rules) -> list[Finding]:
    fleet = body.get("fleet")
    if not isinstance(fleet, str) or fleet in rules.fleets:
        return []
    return [Finding(pointer="/fleet", detail=f"is {shown(fleet)}; there are: {', '.join(rules.fleets)}")]


def _webhook_findings(body: Mapping[str, Json], rules: Rules) -> list[Finding]:
    url = body.get("webhook_url")
    wrong = complaint(url, rules.webhook_targets) if isinstance(url, str) and url else None
    return [Finding(pointer="/webhook_url", detail=wrong)] if wrong else []


def _metadata_findings(body: Mapping[str, Json]) -> Iterator[Finding]:
    metadata = _texts(body.get("metadata"))
    for name in metadata:
        if not name or len(name) > LONGEST_NAME or not name.isprintable():
            yield Finding(
                pointer="/metadata",
                detail=f"has the name {shown(name)}; a name has 1 to {LONGEST_NAME} printable characters",
            )
    size = sum(len(text.encode("utf-8", "replace")) for pair in metadata.items() for text in pair)
    if size > METADATA_BYTES:
        yield Finding(
            pointer="/metadata",
            detail=f"has {size} bytes of names and values; the maximum is {METADATA_BYTES}",
        )


def _texts(value: Json) -> dict[str, str]:
    """The texts of an object by their names, so many as there may be and a few more."""
    given = islice(value.items(), MOST_METADATA + 1) if isinstance(value, dict) else ()
    return {name: text for name, text in given if isinstance(text, str)}


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) else None
