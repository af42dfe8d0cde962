"""Small compositions, packed into an item of their own; the inputs bucket has the large ones.

An item of its own, because the indexes hold jobs whole, and each renewal of a lease writes the job again. A
partition of its own, because instances may write into a job's: they may read this one, and nothing more.
"""

import gzip
import zlib
from typing import Final

from handlers.jobs.model import Job
from handlers.jobs.store import keys
from handlers.jobs.store.attributes import Item
from handlers.jobs.store.keys import Entity
from handlers.jobs.store.reading import Reader
from handlers.jobs.store.table import Put, Table, Update

LARGEST_PACKED: Final = 8 * 1024
"""Bytes. A transaction writes them for 16 units, the price of two requests of S3, which take longer."""
LARGEST_TRIED: Final = 128 * 1024
"""Bytes of a composition that packing is tried on; it takes a millisecond, and a larger one seldom fits."""
LARGEST_UNPACKED: Final = 8 * 1024 * 1024
"""Bytes that are unpacked at most, before the item counts as unreadable."""
_GZIP: Final = 16 + zlib.MAX_WBITS


def packed(composition: bytes) -> bytes | None:
    """A composition as the table holds it; None when it belongs into the bucket."""
    if len(composition) > LARGEST_TRIED:
        return None
    content = gzip.compress(composition, mtime=0)
    return content if len(content) <= LARGEST_PACKED else None


def composition_put(job: Job, content: bytes) -> Put:
    """The write that stores the packed composition of a new job."""
    key = keys.composition(job.id)
    item: Item = {
        "pk": key.pk,
        "sk": key.sk,
        "entity": Entity.COMPOSITION,
        "content": content,
        "expires_at": job.expires_at,
    }
    return Put(item=item)


def keep_until(table: Table, job: Job) -> list[Update]:
    """The write that keeps a job's composition for as long as the job; none when the bucket has it."""
    key = keys.composition(job.id)
    return [Update(key=key, changes={"expires_at": job.expires_at})] if table.get(key) else []


class Compositions:
    """The render agent's access to compositions in the table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def of(self, job_id: str) -> bytes | None:
        """The composition of a job; None when the table has none.

        Raises:
            UnreadableItemError: its item holds what this service never writes.
        """
        item = self._table.get(keys.composition(job_id))
        if item is None:
            return None
        return unpacked(Reader(item))


def unpacked(read: Reader) -> bytes:
    """The packed content of an item.

    Raises:
        UnreadableItemError: it is none, or a large one.
    """
    content, unpacking = read.content("content"), zlib.decompressobj(_GZIP)
    try:
        found = unpacking.decompress(content, LARGEST_UNPACKED)
    except zlib.error as error:
        raise read.refusal("content", "gzip") from error
    if not unpacking.eof:
        raise read.refusal("content", f"gzip of at most {LARGEST_UNPACKED} bytes")
    return found
