"""The provider as the Pulumi CLI speaks to it: gRPC, wire structs, errors."""

from collections.abc import Iterator

import grpc
import pytest
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from local.emulator import server as emulator
from local.provider import protocol
from local.provider.values import UNKNOWN, Secret, decode, encode
from local.pulumi_plugins import plugin

GROUP = "urn:pulumi:local::clip-it::aws:cloudwatch/logGroup:LogGroup::logs"
PARAMETER = "urn:pulumi:local::clip-it::aws:ssm/parameter:Parameter::secret"
STRANGE = "urn:pulumi:local::clip-it::aws:strange/thing:Thing::odd"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with emulator.running() as url:
        yield url


def connected(environment):
    server, port = plugin.started_server(protocol.SERVICE, protocol.methods(environment))
    return server, provider_pb2_grpc.ResourceProviderStub(grpc.insecure_channel(f"127.0.0.1:{port}"))


@pytest.fixture(scope="module")
def stub(endpoint):
    server, stub = connected({"AWS_ENDPOINT_URL": endpoint, "AWS_REGION": "eu-central-1"})
    stub.Handshake(provider_pb2.ProviderHandshakeRequest(engine_address="x"))
    stub.Configure(provider_pb2.ConfigureRequest(args=encode({"region": "eu-central-1"})))
    yield stub
    server.stop(None)


@pytest.fixture
def group(stub):
    """A log group as the Pulumi CLI makes one: checked, created."""
    checked = stub.Check(
        provider_pb2.CheckRequest(urn=GROUP, news=encode({"retentionInDays": 14}), randomSeed=b"seed")
    )
    assert list(checked.failures) == []
    made = stub.Create(provider_pb2.CreateRequest(urn=GROUP, properties=checked.inputs))
    yield made.id, checked.inputs, made.properties
    stub.Delete(provider_pb2.DeleteRequest(urn=GROUP, id=made.id, properties=made.properties))


def told(call, request) -> str:
    with pytest.raises(grpc.RpcError) as caught:
        call(request)
    return str(caught.value.details())


def test_the_engine_learns_that_secrets_are_welcome_and_previews_supported(stub):
    answer = stub.Configure(provider_pb2.ConfigureRequest(args=encode({"region": "eu-central-1"})))

    assert answer.acceptSecrets
    assert answer.supportsPreview
    assert not answer.acceptOutputs


def test_a_resource_lives_from_check_to_delete(stub, group):
    identity, inputs, state = group
    news = encode({**decode(inputs), "retentionInDays": 30})
    diff = stub.Diff(
        provider_pb2.DiffRequest(urn=GROUP, id=identity, olds=state, old_inputs=inputs, news=news)
    )
    updated = stub.Update(
        provider_pb2.UpdateRequest(urn=GROUP, id=identity, olds=state, old_inputs=inputs, news=news)
    )
    read = stub.Read(
        provider_pb2.ReadRequest(urn=GROUP, id=identity, properties=updated.properties, inputs=news)
    )

    assert (diff.changes, list(diff.diffs), list(diff.replaces)) == (
        provider_pb2.DiffResponse.DIFF_SOME,
        ["retentionInDays"],
        [],
    )
    assert decode(updated.properties)["retentionInDays"] == 30
    assert (read.id, decode(read.inputs)) == (identity, decode(news))


def test_the_same_inputs_are_no_change(stub, group):
    identity, inputs, state = group
    diff = stub.Diff(
        provider_pb2.DiffRequest(urn=GROUP, id=identity, olds=state, old_inputs=inputs, news=inputs)
    )

    assert diff.changes == provider_pb2.DiffResponse.DIFF_NONE


def test_a_deleted_resource_is_read_as_gone(stub, group):
    identity, inputs, state = group
    stub.Delete(provider_pb2.DeleteRequest(urn=GROUP, id=identity, properties=state))

    read = stub.Read(provider_pb2.ReadRequest(urn=GROUP, id=identity, properties=state, inputs=inputs))
    assert read.id == ""


def test_check_tells_every_failure_with_its_property(stub):
    news = encode({"retentionInDays": 15, "kmsKeyId": UNKNOWN})
    checked = stub.Check(provider_pb2.CheckRequest(urn=GROUP, news=news, randomSeed=b"s"))

    assert [failure.property for failure in checked.failures] == ["retentionInDays"]


def test_a_previewed_resource_has_no_id_yet(stub):
    made = stub.Create(provider_pb2.CreateRequest(urn=GROUP, properties=encode({"name": "n"}), preview=True))

    assert (made.id, decode(made.properties)["name"]) == ("", "n")


def test_a_type_that_nobody_listed_is_an_error_that_names_it(stub):
    assert "aws:strange/thing:Thing" in told(stub.Check, provider_pb2.CheckRequest(urn=STRANGE))


def test_a_refusal_of_the_api_is_told_in_its_words(stub, group):
    identity, _, _ = group
    said = told(stub.Create, provider_pb2.CreateRequest(urn=GROUP, properties=encode({"name": identity})))

    assert "logs:create_log_group was refused: ResourceAlreadyExistsException" in said


def test_an_error_of_a_read_names_the_resource_which_the_engine_does_not(stub):
    said = told(stub.Read, provider_pb2.ReadRequest(urn=STRANGE, id="some-id"))

    assert said.startswith("aws:strange/thing:Thing odd (some-id): ")


@pytest.mark.parametrize("error", [ValueError, RuntimeError])
def test_no_error_shows_a_secret(error):
    def fails(request):
        raise error(f"{decode(request.properties)} is no good")

    method = plugin.Method(request=provider_pb2.CreateRequest, answer=protocol.guarded("Create", fails))
    server, port = plugin.started_server(protocol.SERVICE, {"Create": method})
    stub = provider_pb2_grpc.ResourceProviderStub(grpc.insecure_channel(f"127.0.0.1:{port}"))
    properties = encode({"value": {"inner": [Secret("hunter22")]}, "name": "shown"})
    said = told(stub.Create, provider_pb2.CreateRequest(urn=PARAMETER, properties=properties))
    server.stop(None)

    assert "hunter22" not in said
    assert "[secret]" in said
    assert "shown" in said


def test_a_secret_stays_one_through_create_and_read(stub):
    inputs = encode({"name": "/kept", "type": "SecureString", "value": Secret("hidden")})
    made = stub.Create(provider_pb2.CreateRequest(urn=PARAMETER, properties=inputs))
    read = stub.Read(
        provider_pb2.ReadRequest(urn=PARAMETER, id=made.id, properties=made.properties, inputs=inputs)
    )

    assert decode(made.properties)["value"] == Secret("hidden")
    assert decode(read.inputs)["value"] == Secret("hidden")


def test_look_ups_are_answered_and_unknown_ones_are_errors(stub):
    token = "aws:index/getCallerIdentity:getCallerIdentity"
    answer = stub.Invoke(provider_pb2.InvokeRequest(tok=token, args=encode({})))

    assert decode(getattr(answer, "return"))["accountId"] == "123456789012"
    said = told(stub.Invoke, provider_pb2.InvokeRequest(tok="aws:x/getY:getY", args=encode({})))
    assert "aws:x/getY:getY is not known" in said


def test_before_it_is_configured_the_provider_refuses_to_work():
    server, stub = connected({})
    said = told(stub.Configure, provider_pb2.ConfigureRequest(args=encode({})))

    assert "AWS_ENDPOINT_URL is not set" in said
    assert "before it was configured" in told(stub.Check, provider_pb2.CheckRequest(urn=GROUP))
    server.stop(None)


def test_where_nothing_answers_the_error_says_so():
    server, stub = connected({"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_REGION": "eu-central-1"})
    stub.Configure(provider_pb2.ConfigureRequest(args=encode({})))
    said = told(stub.Create, provider_pb2.CreateRequest(urn=GROUP, properties=encode({"name": "n"})))

    assert "nothing answers at http://127.0.0.1:9" in said
    server.stop(None)


def test_calls_that_the_provider_does_not_know_are_unimplemented(stub):
    with pytest.raises(grpc.RpcError) as caught:
        stub.Construct(provider_pb2.ConstructRequest())

    assert caught.value.code() == grpc.StatusCode.UNIMPLEMENTED
