"""What a resource type is to the local provider: the calls that make, show, change and remove one.

The server does what all types share: it strips secrets and marks them again, refuses assets that do not
exist, names resources that were given no name, merges the provider's default tags into `tags` (and answers
`tagsAll`), finds out what changed, and after a create or an update reads the resource back. So a type writes
only the calls. Files arrive as `values.Asset` and `values.Archive` (see `Props.file`); an archive's `zip()`
is the bytes to upload.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from local.provider.types.aws import Aws
from local.provider.types.props import Props

Outputs: TypeAlias = dict[str, object]


@dataclass(frozen=True, kw_only=True)
class Created:
    """What exists now: its id, and outputs that only the creating call tells; others come from `read`."""

    id: str
    outputs: Outputs = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Existing:
    """A resource of the state: its id and everything last known of it, inputs and outputs."""

    id: str
    state: Props


@dataclass(frozen=True, kw_only=True)
class Change:
    """The inputs to apply to an existing resource, and which of them differ from before."""

    inputs: Props
    keys: frozenset[str]

    def touches(self, *keys: str) -> bool:
        """Whether any of the properties changed."""
        return not self.keys.isdisjoint(keys)


@dataclass(frozen=True, kw_only=True)
class CheckFailure:
    """Why an input would be refused by the API."""

    property: str
    reason: str


Check: TypeAlias = Callable[[Props], Iterable[CheckFailure]]
Create: TypeAlias = Callable[[Aws, Props], Created]
Read: TypeAlias = Callable[[Aws, Existing], Outputs | None]
Update: TypeAlias = Callable[[Aws, Existing, Change], None]
Delete: TypeAlias = Callable[[Aws, Existing], None]


def _no_suffix(_inputs: Props) -> str:
    return ""


@dataclass(frozen=True, kw_only=True)
class ResourceType:
    """A type of resource of the emulated AWS.

    `create` gets the checked inputs. `read` gives every property it can see, in Pulumi's names and shapes,
    inputs and outputs alike, or None when the resource is gone; what it gives is compared with the state to
    find drift, where a nested object may have more fields than the program gave and lists may have another
    order. `update` None means that no property can change in place. Which change replaces the resource is not
    the type's business: `local/provider/replacements.py` knows. `GoneError` from `read` or `delete` means
    gone.
    """

    create: Create
    read: Read
    delete: Delete
    update: Update | None = None
    checks: tuple[Check, ...] = ()
    autoname: str | None = None  # the property that is the physical name, when Pulumi invents it
    name_limit: int = 255
    name_suffix: Callable[[Props], str] = _no_suffix  # what must end the name, for instance `.fifo`
    taggable: bool = True
    defaults: Mapping[str, object] = field(default_factory=dict)
    changing: frozenset[str] = (
        frozenset()
    )  # outputs that an update changes: unknown while it is only previewed
    changing_with: frozenset[str] = frozenset()  # the inputs that change them; none named: all of them
    secret: frozenset[str] = frozenset()  # outputs that are secret whatever the inputs are


Types: TypeAlias = Mapping[str, ResourceType]


def tag_list(tags: Mapping[str, str]) -> list[dict[str, str]] | None:
    """Tags as most services take them; None (so: left out) when there are none."""
    return [{"Key": key, "Value": value} for key, value in sorted(tags.items())] or None


def tag_mapping(tags: Iterable[Props], *, key: str = "Key", value: str = "Value") -> dict[str, str]:
    """Tags as Pulumi has them, without those that AWS itself sets."""
    pairs = {tag.text(key): tag.maybe_text(value) or "" for tag in tags}
    return {name: text for name, text in pairs.items() if not name.startswith("aws:")}


def removed_tags(it: Existing, change: Change) -> list[str]:
    """The tag keys that an update takes away."""
    return sorted(set(it.state.mapping("tags")) - set(change.inputs.mapping("tags")))
