"""The application as it is built for the deployed resources."""

import boto3
import pytest

from handlers.job_server.aws import LOOKUPS_AT_ONCE
from handlers.job_server.edge.admission import Capacity
from handlers.job_server.entrypoint import from_environment
from tests.handlers.job_server.test_settings import GOOD


@pytest.mark.usefixtures("aws")
def test_no_thread_waits_for_a_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    clients, connect = [], boto3.client

    def connecting(*given, **named):  # type: ignore[no-untyped-def]
        clients.append(connect(*given, **named))
        return clients[-1]

    monkeypatch.setattr(boto3, "client", connecting)
    from_environment(GOOD)
    connections: dict[str, list[int]] = {}
    for client in clients:
        service = client.meta.service_model.service_name
        connections.setdefault(service, []).append(client.meta.config.max_pool_connections)
    threads = Capacity().threads
    assert connections["dynamodb"] == [threads]
    assert connections["s3"] == [threads + LOOKUPS_AT_ONCE]
    assert max(connections["sqs"]) == threads
