"""Pulumi's provider protocol: each call decoded, handed to the operations, and its answer encoded."""

import json
from collections.abc import Mapping
from typing import Final

from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2

from local.provider.configuration import provider_configuration
from local.provider.invokes import INVOKES
from local.provider.naming import Naming
from local.provider.operations import Found, ResourceOperations, Urn
from local.provider.types.aws import Boto
from local.provider.types.props import Props
from local.provider.values import as_values, decode, encode, plain

VERSION: Final = "7.51.1"


class NotConfiguredError(RuntimeError):
    """The Pulumi CLI asked before it configured the provider."""


class Provider:
    """Answers the Pulumi CLI; one method for each call of the protocol that is used."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._operations: ResourceOperations | None = None

    @property
    def operations(self) -> ResourceOperations:
        """The resources, once the Pulumi CLI has configured the provider."""
        if self._operations is None:
            raise NotConfiguredError("the provider was used before it was configured")
        return self._operations

    def get_plugin_info(self, _request: empty_pb2.Empty) -> plugin_pb2.PluginInfo:
        """Say which version of the official provider's interface this is."""
        return plugin_pb2.PluginInfo(version=VERSION)

    def handshake(
        self, _request: provider_pb2.ProviderHandshakeRequest
    ) -> provider_pb2.ProviderHandshakeResponse:
        """Say in which forms values may come."""
        return provider_pb2.ProviderHandshakeResponse(
            accept_secrets=True,
            accept_resources=True,
            accept_outputs=False,
            supports_autonaming_configuration=True,
        )

    def get_schema(self, _request: provider_pb2.GetSchemaRequest) -> provider_pb2.GetSchemaResponse:
        """Give the smallest valid schema; programs are typed by the official SDK."""
        return provider_pb2.GetSchemaResponse(schema=json.dumps({"name": "aws", "version": VERSION}))

    def check_config(self, request: provider_pb2.CheckRequest) -> provider_pb2.CheckResponse:
        """Take the configuration as it is; `configure` judges it together with the environment."""
        return provider_pb2.CheckResponse(inputs=request.news)

    def diff_config(self, _request: provider_pb2.DiffRequest) -> provider_pb2.DiffResponse:
        """Never replace resources because the provider's configuration changed."""
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)

    def configure(self, request: provider_pb2.ConfigureRequest) -> provider_pb2.ConfigureResponse:
        """Connect to the emulated AWS that the environment names."""
        settings = provider_configuration(decode(request.args), self._environment)
        aws = Boto(endpoint=settings.endpoint, region=settings.region)
        self._operations = ResourceOperations(aws=aws, default_tags=settings.default_tags)
        return provider_pb2.ConfigureResponse(
            acceptSecrets=True,
            supportsPreview=True,
            acceptResources=True,
            acceptOutputs=False,
            supports_autonaming_configuration=True,
        )

    def check(self, request: provider_pb2.CheckRequest) -> provider_pb2.CheckResponse:
        """Fill in names and defaults; refuse what the API would refuse."""
        urn = Urn.parse(request.urn)
        new = decode(request.news)
        naming = _naming(request)
        checked = self.operations.check(urn, decode(request.olds), new, naming)
        wire = [
            provider_pb2.CheckFailure(property=one.property, reason=one.reason) for one in checked.failures
        ]
        return provider_pb2.CheckResponse(inputs=encode(checked.inputs), failures=wire)

    def diff(self, request: provider_pb2.DiffRequest) -> provider_pb2.DiffResponse:
        """Say what changed and whether the resource must be replaced."""
        old = decode(request.old_inputs) or decode(request.olds)
        found = self.operations.diff(Urn.parse(request.urn), old, decode(request.news))
        some, none = provider_pb2.DiffResponse.DIFF_SOME, provider_pb2.DiffResponse.DIFF_NONE
        return provider_pb2.DiffResponse(
            changes=some if found.keys else none,
            diffs=sorted(found.keys),
            replaces=sorted(found.replaces),
            deleteBeforeReplace=found.delete_first,
        )

    def create(self, request: provider_pb2.CreateRequest) -> provider_pb2.CreateResponse:
        """Create the resource."""
        urn, inputs = Urn.parse(request.urn), decode(request.properties)
        identity, outputs = self.operations.create(urn, inputs, preview=request.preview)
        return provider_pb2.CreateResponse(id=identity, properties=encode(outputs))

    def read(self, request: provider_pb2.ReadRequest) -> provider_pb2.ReadResponse:
        """Look at the resource."""
        state, inputs = decode(request.properties), decode(request.inputs)
        found = self.operations.read(Urn.parse(request.urn), request.id, state, inputs)
        return provider_pb2.ReadResponse(
            id=found.id, properties=encode(found.outputs), inputs=encode(found.inputs)
        )

    def update(self, request: provider_pb2.UpdateRequest) -> provider_pb2.UpdateResponse:
        """Change the resource in place."""
        state = decode(request.olds)
        before = Found(id=request.id, outputs=state, inputs=decode(request.old_inputs) or state)
        outputs = self.operations.update(
            Urn.parse(request.urn), before, decode(request.news), preview=request.preview
        )
        return provider_pb2.UpdateResponse(properties=encode(outputs))

    def delete(self, request: provider_pb2.DeleteRequest) -> empty_pb2.Empty:
        """Delete the resource."""
        self.operations.delete(Urn.parse(request.urn), request.id, decode(request.properties))
        return empty_pb2.Empty()

    def invoke(self, request: provider_pb2.InvokeRequest) -> provider_pb2.InvokeResponse:
        """Answer a look-up."""
        if request.tok not in INVOKES:
            raise LookupError(
                f"the look-up {request.tok} is not known to the local provider; "
                "add it to local/provider/invokes.py"
            )
        given = Props({key: plain(value) for key, value in decode(request.args).items()})
        answer = INVOKES[request.tok](self.operations.aws, given)
        response = provider_pb2.InvokeResponse()
        getattr(response, "return").CopyFrom(encode(as_values(answer)))
        return response

    def cancel(self, _request: empty_pb2.Empty) -> empty_pb2.Empty:
        """Nothing to do: every call is short."""
        return empty_pb2.Empty()


def _naming(request: provider_pb2.CheckRequest) -> Naming:
    if not request.HasField("autonaming"):
        return Naming(seed=request.randomSeed)
    forbidden = request.autonaming.mode == provider_pb2.CheckRequest.AutonamingOptions.Mode.DISABLE
    return Naming(seed=request.randomSeed, proposed=request.autonaming.proposed_name, forbidden=forbidden)
