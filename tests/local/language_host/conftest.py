"""The least of a Pulumi CLI that a Python program needs to run to its end, and what it was told."""

from collections.abc import Iterator
from concurrent import futures
from dataclasses import dataclass, field

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import engine_pb2_grpc, resource_pb2, resource_pb2_grpc


@dataclass
class FakeCli(engine_pb2_grpc.EngineServicer, resource_pb2_grpc.ResourceMonitorServicer):
    """Remembers errors and registered resources."""

    address: str = ""
    errors: list[str] = field(default_factory=list)
    registered: list[str] = field(default_factory=list)

    def Log(self, request, context):  # noqa: N802  gRPC's name
        if request.severity >= 3:
            self.errors.append(request.message)
        return empty_pb2.Empty()

    def SupportsFeature(self, request, context):  # noqa: N802  gRPC's name
        return resource_pb2.SupportsFeatureResponse(hasSupport=False)

    def RegisterResource(self, request, context):  # noqa: N802  gRPC's name
        self.registered.append(request.type)
        return resource_pb2.RegisterResourceResponse(urn=f"urn:pulumi:s::p::{request.type}::{request.name}")

    def RegisterResourceOutputs(self, request, context):  # noqa: N802  gRPC's name
        return empty_pb2.Empty()


@pytest.fixture
def pulumi_cli() -> Iterator[FakeCli]:
    server, pulumi_cli = grpc.server(futures.ThreadPoolExecutor(4)), FakeCli()
    engine_pb2_grpc.add_EngineServicer_to_server(pulumi_cli, server)
    resource_pb2_grpc.add_ResourceMonitorServicer_to_server(pulumi_cli, server)
    pulumi_cli.address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    yield pulumi_cli
    server.stop(None)
