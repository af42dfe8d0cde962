"""What the table's calls make of DynamoDB's errors, alike for one write and for a transaction."""

from collections.abc import Callable, Iterator

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from handlers.jobs.errors import TryAgainLater
from handlers.jobs.store.attributes import Item
from handlers.jobs.store.keys import Key
from handlers.jobs.store.table import (
    PAUSES_SECONDS,
    PRESENT,
    Condition,
    Put,
    Query,
    Refused,
    Table,
    Update,
)

KEY = Key("JOB#r_1", "JOB")
WRITES: dict[str, Callable[[Table], object]] = {
    "put_item": lambda table: table.put(Put(item={"pk": "a", "sk": "b"})),
    "update_item": lambda table: table.update(Update(key=KEY, changes={"x": 1})),
    "delete_item": lambda table: table.delete(KEY, PRESENT),
}
READS: dict[str, Callable[[Table], object]] = {
    "get_item": lambda table: table.get(KEY),
    "batch_get_item": lambda table: table.get_all([KEY]),
    "query": lambda table: list(table.query(Query(match=Condition("#pk = :pk", {":pk": "a"})))),
}
DONE = {"put_item": True, "update_item": {}, "delete_item": True}
LOST = {"put_item": False, "update_item": None, "delete_item": False}


class Stubbed:
    """A table whose AWS answers as the test says, and the pauses it made."""

    def __init__(self) -> None:
        client = boto3.client(
            "dynamodb", region_name="eu-central-1", aws_access_key_id="x", aws_secret_access_key="x"
        )
        self.stub, self.pauses = Stubber(client), list[float]()
        self.table = Table(client, "t", pause=self.pauses.append)

    def fails(self, call: str, code: str, times: int = 1, status: int = 400) -> None:
        for _ in range(times):
            self.stub.add_client_error(call, code, http_status_code=status)

    def cancels(self, *codes: str) -> None:
        reasons = {"CancellationReasons": [{"Code": code} for code in codes]}
        self.stub.add_client_error(
            "transact_write_items", "TransactionCanceledException", modeled_fields=reasons
        )

    def leaves_out(self, *found: Key, left: Key | None) -> None:
        answer: dict[str, object] = {"Responses": {"t": [_wire(key) for key in found]}, "UnprocessedKeys": {}}
        if left:
            answer["UnprocessedKeys"] = {"t": {"Keys": [_wire(left)]}}
        self.stub.add_response("batch_get_item", answer)

    def transact(self) -> bool:
        return self.table.transact([Put(item={"pk": "a", "sk": "b"})])


def _wire(key: Key) -> dict[str, object]:
    return {"pk": {"S": key.pk}, "sk": {"S": key.sk}}


@pytest.fixture
def aws_stub() -> Iterator[Stubbed]:
    stubbed = Stubbed()
    with stubbed.stub:
        yield stubbed
    stubbed.stub.assert_no_pending_responses()


@pytest.mark.parametrize("call", WRITES)
@pytest.mark.parametrize("code", ["TransactionConflictException", "ReplicatedWriteConflictException"])
def test_a_write_that_meets_a_transaction_is_made_again_once_that_is_over(
    aws_stub: Stubbed, call: str, code: str
) -> None:
    aws_stub.fails(call, code, times=2)
    aws_stub.stub.add_response(call, {"Attributes": {}} if call == "update_item" else {})
    assert WRITES[call](aws_stub.table) == DONE[call]
    assert len(aws_stub.pauses) == 2


@pytest.mark.parametrize("call", WRITES)
def test_a_write_after_a_transaction_that_made_its_condition_false_is_lost(
    aws_stub: Stubbed, call: str
) -> None:
    aws_stub.fails(call, "TransactionConflictException")
    aws_stub.fails(call, "ConditionalCheckFailedException")
    assert WRITES[call](aws_stub.table) == LOST[call]


@pytest.mark.parametrize("call", WRITES)
def test_a_write_that_meets_transactions_without_end_is_to_be_tried_again_later(
    aws_stub: Stubbed, call: str
) -> None:
    aws_stub.fails(call, "TransactionConflictException", times=5)
    with pytest.raises(TryAgainLater, match="TransactionConflict"):
        WRITES[call](aws_stub.table)
    assert sum(aws_stub.pauses) < 1, "whoever waits for the write has a request to answer"


@pytest.mark.parametrize("call", WRITES)
def test_a_lost_condition_is_an_answer(aws_stub: Stubbed, call: str) -> None:
    aws_stub.fails(call, "ConditionalCheckFailedException")
    assert WRITES[call](aws_stub.table) == LOST[call]
    assert aws_stub.pauses == []


@pytest.mark.parametrize("call", [*WRITES, *READS])
@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("ProvisionedThroughputExceededException", 400),
        ("RequestLimitExceeded", 400),
        ("ThrottlingException", 400),
        ("LimitExceededException", 400),
        ("InternalServerError", 500),
        ("ServiceUnavailable", 503),
        ("SomethingNew", 500),
    ],
)
def test_a_call_to_a_busy_table_is_to_be_tried_again_later(
    aws_stub: Stubbed, call: str, code: str, status: int
) -> None:
    aws_stub.fails(call, code, status=status)
    with pytest.raises(TryAgainLater, match=code.removesuffix("Exception").removesuffix("Error")):
        {**WRITES, **READS}[call](aws_stub.table)


@pytest.mark.parametrize("call", [*WRITES, *READS])
@pytest.mark.parametrize(
    "code",
    ["ValidationException", "ResourceNotFoundException", "AccessDeniedException", "SomethingNew"],
)
def test_a_mistake_stays_what_it_is(aws_stub: Stubbed, call: str, code: str) -> None:
    aws_stub.fails(call, code)
    with pytest.raises(ClientError, match=code):
        {**WRITES, **READS}[call](aws_stub.table)


@pytest.mark.parametrize(
    "codes",
    [
        ("None", "ConditionalCheckFailed"),
        ("TransactionConflict", "None"),
        ("TransactionConflict", "ConditionalCheckFailed"),
    ],
)
def test_a_transaction_that_lost_a_condition_or_met_another_is_decided_anew(
    aws_stub: Stubbed, codes: tuple[str, ...]
) -> None:
    aws_stub.cancels(*codes)
    assert aws_stub.transact() is False


@pytest.mark.parametrize(
    "codes",
    [
        ("ThrottlingError",),
        ("ProvisionedThroughputExceeded", "None"),
        ("ConditionalCheckFailed", "ProvisionedThroughputExceeded"),
        ("TransactionConflict", "ThrottlingError"),
        ("ItemCollectionSizeLimitExceeded",),
        ("None", "None"),
    ],
)
def test_a_transaction_that_a_busy_table_cancelled_is_to_be_tried_again_later(
    aws_stub: Stubbed, codes: tuple[str, ...]
) -> None:
    aws_stub.cancels(*codes)
    with pytest.raises(TryAgainLater):
        aws_stub.transact()


@pytest.mark.parametrize(
    "codes", [("ValidationError",), ("ConditionalCheckFailed", "ValidationError"), ("SomethingNew", "None")]
)
def test_a_transaction_that_is_a_mistake_stays_what_it_is(aws_stub: Stubbed, codes: tuple[str, ...]) -> None:
    aws_stub.cancels(*codes)
    with pytest.raises(ClientError, match="TransactionCanceled"):
        aws_stub.transact()


@pytest.mark.parametrize(
    ("code", "raised"),
    [
        ("TransactionInProgressException", TryAgainLater),
        ("ProvisionedThroughputExceededException", TryAgainLater),
        ("IdempotentParameterMismatchException", ClientError),
        ("ResourceNotFoundException", ClientError),
    ],
)
def test_a_transaction_that_is_refused_as_a_whole_is_told_like_any_call(
    aws_stub: Stubbed, code: str, raised: type[Exception]
) -> None:
    aws_stub.fails("transact_write_items", code)
    with pytest.raises(raised, match=code.removesuffix("Exception")):
        aws_stub.transact()


def test_a_refused_transaction_tells_the_items_in_its_way_that_were_asked_for(table: Table) -> None:
    first: Item = {"pk": "a", "sk": "s", "of": "first"}
    assert table.try_transaction([Put(item=first), Put(item={"pk": "b", "sk": "s"})]) is None
    again = [
        Put(item={"pk": "c", "sk": "s"}),
        Put(item={"pk": "a", "sk": "s"}, tells_item=True),
        Put(item={"pk": "b", "sk": "s"}),
    ]
    assert table.try_transaction(again) == Refused((first,))
    assert table.get(Key("c", "s")) is None


def test_a_missing_item_is_none(table: Table) -> None:
    assert table.get(Key("x", "y")) is None


def test_what_a_busy_table_leaves_out_is_asked_for_again(aws_stub: Stubbed) -> None:
    other = Key("JOB#r_2", "JOB")
    aws_stub.leaves_out(KEY, left=other)
    aws_stub.leaves_out(other, left=None)
    assert aws_stub.table.get_all([KEY, other]).keys() == {KEY, other}
    assert aws_stub.pauses == [PAUSES_SECONDS[0]]


def test_what_a_busy_table_leaves_out_again_and_again_is_to_be_tried_later(aws_stub: Stubbed) -> None:
    for _ in range(len(PAUSES_SECONDS) + 1):
        aws_stub.leaves_out(left=KEY)
    with pytest.raises(TryAgainLater, match="1 of 1 items"):
        aws_stub.table.get_all([KEY])
    assert aws_stub.pauses == [*PAUSES_SECONDS]


def test_no_keys_are_no_call(aws_stub: Stubbed) -> None:
    assert aws_stub.table.get_all([]) == {}
