"""What the scaler has given up: a batch of the stream, and not only an invocation by the schedule."""

from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace

from cli.incidents.breaks import functions
from cli.incidents.shell import Shell
from local.emulator import server
from local.emulator.connection import Connection
from tests.cli.incidents.conftest import FakeCloud

LETTERS = "clip-it-local-cpu-scaler-dead-letters"
OF_SCHEDULE, OF_STREAM = '{"source": "schedule"}', '{"DDBStreamBatchInfo": {"batchSize": 1}}'


@dataclass(frozen=True, kw_only=True)
class LettersCloud(FakeCloud):
    """A cloud where each look at the dead letters finds one more of them."""

    aws: Connection
    arriving: list[str]
    looks: list[bool] = field(default_factory=list)

    @property
    def connection(self) -> Connection:
        api = SimpleNamespace(
            get_function_configuration=lambda **_: {"Environment": {"Variables": {"CLIPIT_TABLE": "jobs"}}},
            update_function_configuration=lambda **_: None,
        )
        return SimpleNamespace(functions=lambda: api, sqs=self.aws.sqs)  # type: ignore[return-value]

    def until(self, what: str, ready: Callable[[], bool], minutes: int | None = None) -> None:
        sqs = self.aws.sqs()
        url = sqs.get_queue_url(QueueName=LETTERS)["QueueUrl"]
        for letter in self.arriving:
            sqs.send_message(QueueUrl=url, MessageBody=letter)
            self.looks.append(ready())

    def follow(self, page: str, beginning: str, having: str = "") -> None:
        """Nothing is mended here."""


def test_the_scaler_has_lost_a_record_when_a_batch_of_the_stream_is_among_its_letters(shell: Shell) -> None:
    with server.running() as url:
        aws = Connection(url, "eu-central-1")
        aws.sqs().create_queue(QueueName=LETTERS)
        cloud = LettersCloud.typed_in(
            shell,
            aws=aws,
            arriving=[OF_SCHEDULE, OF_SCHEDULE, OF_STREAM],
        )
        with functions.the_scaler_lost_a_record(cloud):
            assert cloud.looks == [False, False, True]
