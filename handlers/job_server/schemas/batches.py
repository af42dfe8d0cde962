"""The schema of a batch's body, as it is checked and as it is published."""

from collections.abc import Mapping
from typing import Final

from handlers.jobs.json_schema.values import Json
from handlers.jobs.store.customers.batches import MOST_ITEMS

JOINED: Final = ("fields", "metadata")
"""Members of an item that are joined with the shared ones name by name; any other replaces the shared one."""
_SHARED: Final = "What all items have in common."
_ITEMS: Final = (
    "The renders; each adds to what is shared, and replaces what it names itself. "
    f"`{'` and `'.join(JOINED)}` are joined name by name."
)

BATCH_REQUEST: dict[str, Json] = {
    "title": "BatchRequest",
    "description": "Renders to be submitted together: all are accepted or none.",
    "type": "object",
    "required": ["items"],
    "additionalProperties": False,
    "properties": {
        "shared": {"description": _SHARED, "type": "object"},
        "items": {
            "description": _ITEMS,
            "type": "array",
            "minItems": 1,
            "maxItems": MOST_ITEMS,
            "items": {"type": "object"},
        },
    },
}


def published(submission: Mapping[str, Json], at: str) -> dict[str, Json]:
    """The schemas by name, for a document that has them at `at`; `submission` has the members of one.

    No member is required: an item may lack what is shared.
    """
    item: Json = {"$ref": f"{at}BatchItem"}
    return {
        "BatchItem": {
            "title": "BatchItem",
            "description": "A submission, or a part of one: a composition, or a template with its fields.",
            "type": "object",
            "additionalProperties": False,
            "properties": dict(submission),
        },
        "BatchRequest": {
            **BATCH_REQUEST,
            "properties": {
                "shared": item,
                "items": {
                    "description": _ITEMS,
                    "type": "array",
                    "minItems": 1,
                    "maxItems": MOST_ITEMS,
                    "items": item,
                },
            },
        },
    }
