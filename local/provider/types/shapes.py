"""Between the two spellings of nested settings: the Terraform shape that Pulumi sends and the API's shape."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from local.provider.types.props import NotKnownYetError
from local.provider.values import UNKNOWN, Value


@dataclass(frozen=True, kw_only=True)
class Shape:
    """How a service spells nested keys: first letter, exceptions, and maps whose keys are the user's own.

    Attributes:
        names: our key to the API's key where more than the first letter differs.
        own: keys (ours) whose value is a map with keys of the user's choice; those are never respelled.
        lower: whether the API's keys begin with a lower-case letter, as ours do.
    """

    names: Mapping[str, str] = field(default_factory=dict)
    own: frozenset[str] = frozenset()
    lower: bool = False

    def to_api(self, value: object) -> object:
        """The value as the API wants it; absent settings are left out, at any depth."""
        if value is UNKNOWN:
            raise NotKnownYetError("a nested setting")
        if isinstance(value, list):
            return [self.to_api(item) for item in value]
        if isinstance(value, Mapping):
            return {
                self._theirs(key): dict(item) if key in self.own else self.to_api(item)
                for key, item in value.items()
                if item is not None
            }
        return value

    def to_ours(self, value: object) -> Value:
        """What the API answered, in our spelling; settings the API left empty are left out, at any depth."""
        if isinstance(value, list):
            return [self.to_ours(item) for item in value]
        if isinstance(value, Mapping):
            ours = {self._ours(key): (key, item) for key, item in value.items() if item is not None}
            return {
                name: {k: _scalar(v) for k, v in item.items()} if name in self.own else self.to_ours(item)
                for name, (_, item) in ours.items()
            }
        return _scalar(value)

    def _theirs(self, key: str) -> str:
        return self.names.get(key) or (key if self.lower else key[:1].upper() + key[1:])

    def _ours(self, key: str) -> str:
        for ours, theirs in self.names.items():
            if theirs == key:
                return ours
        return key[:1].lower() + key[1:]


def _scalar(value: object) -> Value:
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    return str(value)
