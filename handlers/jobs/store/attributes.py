"""Python values as DynamoDB attribute values and back. Absent means absent: `None` is never stored."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

Value: TypeAlias = str | int | float | bool | list["Value"] | dict[str, "Value"]
Item: TypeAlias = dict[str, Value]


def encode(value: Value) -> "AttributeValueTypeDef":
    """One value; fractions keep three digits, a millisecond in a time."""
    match value:
        case bool():
            return {"BOOL": value}
        case str():
            return {"S": value}
        case int():
            return {"N": str(value)}
        case float():
            return {"N": f"{value:.3f}".rstrip("0").rstrip(".")}
        case list():
            return {"L": [encode(inner) for inner in value]}
        case dict():
            return {"M": encode_item(value)}


def encode_item(item: Mapping[str, Value]) -> dict[str, "AttributeValueTypeDef"]:
    """A whole item."""
    return {name: encode(value) for name, value in item.items()}


def decode(attribute: "AttributeValueTypeDef") -> Value:
    """One value; a number with a point becomes a float, any other an int.

    Raises:
        ValueError: a type that this service never writes.
    """
    match attribute:
        case {"S": str(text)}:
            return text
        case {"N": str(number)}:
            return float(number) if set(number) & set(".eE") else int(number)
        case {"BOOL": bool(truth)}:
            return truth
        case {"L": list(inner)}:
            return [decode(one) for one in inner]
        case {"M": dict(inner)}:
            return decode_item(inner)
    raise ValueError(
        f"cannot read a DynamoDB attribute of type {', '.join(attribute)}; expected S, N, BOOL, L or M"
    )


def decode_item(item: Mapping[str, "AttributeValueTypeDef"]) -> Item:
    """A whole item, as GetItem, Query or a stream record has it."""
    return {name: decode(attribute) for name, attribute in item.items()}
