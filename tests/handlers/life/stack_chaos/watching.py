"""The witness of the chaos in simulated time, before the real stream of a local stack's table."""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, cast

from botocore.exceptions import BotoCoreError, ClientError

from handlers.jobs.store.attributes import Item, decode_item
from local.emulator.connection import Connection
from local.lambda_service.stream_source import Checkpoint, StreamSource
from tests.handlers.life.chaos.ground import WATCHED
from tests.handlers.life.chaos.witness import Witness
from tests.handlers.life.stack_chaos.processes import LEASE_S

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef
    from mypy_boto3_lambda.type_defs import EventSourceMappingConfigurationTypeDef

STREAM_SECOND: Final = 1.0
"""The stream tells when a record was written to the second."""
QUIET_S: Final = 1.0


@dataclass
class Watching:
    """Reads the stream as Lambda does, and shows the witness every change."""

    connection: Connection
    table: str
    witness: Witness = field(init=False)
    heard_at: float = 0.0
    _written: float = 0.0
    _stop: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.witness = Witness(lambda: self._written, renewing_s=LEASE_S / 3)

    def start(self) -> None:
        """Read from the oldest record on, in a thread of its own."""
        arn = self.connection.dynamodb().describe_table(TableName=self.table)["Table"]["LatestStreamArn"]
        mapping: EventSourceMappingConfigurationTypeDef = {
            "EventSourceArn": arn,
            "StartingPosition": "TRIM_HORIZON",
        }
        source = StreamSource(
            mapping=mapping,
            streams=self.connection.dynamodbstreams(),
            sqs=self.connection.sqs(),
            invoke=self._hear,
            lags=lambda _: None,
            checkpoint=Checkpoint(),
        )
        threading.Thread(target=self._feed, args=(source,), daemon=True).start()

    def end(self) -> None:
        """Read what is left, then no more."""
        while time.monotonic() < self.heard_at + QUIET_S:
            time.sleep(QUIET_S / 4)
        self._stop.set()

    def _feed(self, source: StreamSource) -> None:
        while not self._stop.is_set():
            try:
                source.feed(self._stop)
            except (BotoCoreError, ClientError, OSError):  # the emulated AWS hangs now and then
                self._stop.wait(QUIET_S)
            except Exception as error:
                self.witness.mistakes.append(f"the stream is no longer read: {error!r}")
                return

    def _hear(self, event: Mapping[str, object]) -> object:
        for record in cast("list[Mapping[str, object]]", event["Records"]):
            change = cast("Mapping[str, object]", record["dynamodb"])
            try:
                self._look(change)
            except Exception as error:
                self.witness.mistakes.append(f"a change of {change['Keys']} cannot be read: {error!r}")
        self.heard_at = time.monotonic()
        return None

    def _look(self, change: Mapping[str, object]) -> None:
        before, after = _item(change, "OldImage"), _item(change, "NewImage")
        self._written = float(cast("float", change["ApproximateCreationDateTime"])) + STREAM_SECOND
        if after is not None and after["entity"] in WATCHED:
            self.witness.changed(before, after)


def _item(change: Mapping[str, object], image: str) -> Item | None:
    found = change.get(image)
    return decode_item(cast("Mapping[str, AttributeValueTypeDef]", found)) if found else None
