"""Python values as DynamoDB attribute values and back. Absent means absent: `None` is never stored."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef


@dataclass(frozen=True)
class Foreign:
    """A value of a type that this service never writes, such as a set.

    It is read as a value, so that one attribute that somebody else wrote spoils its own item and not the
    whole page that the item is on.
    """

    type: str


Value: TypeAlias = str | int | float | bool | bytes | Foreign | list["Value"] | dict[str, "Value"]
Item: TypeAlias = dict[str, Value]


def encode(value: Value) -> "AttributeValueTypeDef":
    """One value; fractions keep three digits, a millisecond in a time.

    Raises:
        ValueError: a value of a type that this service never writes.
    """
    # In the order of how frequent they are, and not by patterns: a submission encodes some fifty attributes.
    if isinstance(value, str):
        return {"S": value}
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, int):
        return {"N": str(value)}
    if isinstance(value, float):
        return {"N": f"{value:.3f}".rstrip("0").rstrip(".")}
    if isinstance(value, bytes):
        return {"B": value}
    if isinstance(value, (list, dict)):
        return {"L": [*map(encode, value)]} if isinstance(value, list) else {"M": encode_item(value)}
    raise ValueError(f"cannot write a DynamoDB attribute of type {value.type}; expected S, N, BOOL, L or M")


def encode_item(item: Mapping[str, Value]) -> dict[str, "AttributeValueTypeDef"]:
    """A whole item."""
    return {name: encode(value) for name, value in item.items()}


def decode(attribute: "AttributeValueTypeDef") -> Value:
    """One value; a number with a point becomes a float, any other an int, an unknown type `Foreign`."""
    kind, leaf = next(iter(attribute.items()), ("", None))
    # Not by mapping patterns, which take three times as long: a look decodes some thirty attributes.
    if isinstance(leaf, str):
        if kind == "S":
            return leaf
        if kind == "N":
            return float(leaf) if "." in leaf or "e" in leaf or "E" in leaf else int(leaf)
    elif isinstance(leaf, list) and kind == "L":
        return [decode(one) for one in leaf]
    elif isinstance(leaf, dict) and kind == "M":
        return decode_item(leaf)
    elif isinstance(leaf, (bool, bytes)) and kind == ("BOOL" if isinstance(leaf, bool) else "B"):
        return leaf
    return Foreign(", ".join(sorted(attribute)))


def decode_item(item: Mapping[str, "AttributeValueTypeDef"]) -> Item:
    """A whole item, as GetItem, Query or a stream record has it."""
    return {name: decode(attribute) for name, attribute in item.items()}
