"""What Systems Manager installs on an instance and keeps in place.

To change what a new instance installs and checks before it serves, change
components/documents/render-bootstrap.yaml; its steps Engine and Health are in
handlers/render_agent/bootstrap. The render agent's code and libraries are in its bundle
(components/bundles.py), the CloudWatch agent in
components/documents/cloudwatch-agent.yaml and components/parts/render_fleet/cloudwatch_agent.py. The render
engine is the setting `engine` (docs/how-to/bring-your-own-engine.md), and the libraries of the reference
engine are in components/engine_wheels.py; other software comes with the machine
image, the setting `image_id`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pulumi
from pulumi_aws import ssm

from components import settings
from components.bundles import Bundle
from components.naming import Naming
from components.naming.fleet_names import FleetNames
from components.parts.render_fleet.agent_environment import (
    AgentEnvironmentArgs,
    agent_environment,
    agent_environment_text,
)
from components.parts.render_fleet.artifacts import ArtifactArgs, StoredBundle, store_bundle
from components.parts.render_fleet.bootstrap_version import bootstrap_version
from components.parts.render_fleet.cloudwatch_agent import CloudWatchAgentArgs, build_cloudwatch_agent

COMPONENT = "render-fleet"
DOCUMENTS = Path(__file__).parent / "documents"
DOCUMENT = DOCUMENTS / "render-bootstrap.yaml"
CLOUDWATCH_DOCUMENT = DOCUMENTS / "cloudwatch-agent.yaml"
# A document name may have 128 characters.
DOCUMENT_LIMIT = 128
# So much of an engine's checksum names its object in the program.
ENGINE_LABEL = 12
# Nothing smaller than 30 minutes is accepted; liveness is the agent's heartbeat.
REPAIR_RATE = "rate(30 minutes)"
# The SSM agent applies associations one after the other, and all are due at once on a new instance: an
# association that can wait must not come before the bootstrap. A rate cannot express that (API reference,
# CreateAssociation).
NIGHTLY = "cron(30 3 ? * * *)"
# Documents of AWS. State Manager runs documents that another account shares at their default version,
# regardless of the version in the association (API reference, CreateAssociation).
INVENTORY_DOCUMENT, PATCH_DOCUMENT, AWS_DOCUMENT_VERSION = (
    "AWS-GatherSoftwareInventory",
    "AWS-RunPatchBaseline",
    "$DEFAULT",
)


@dataclass(frozen=True, kw_only=True)
class BootstrappedFleet:
    """One fleet to prepare: its settings, its engine and its queues."""

    settings: settings.Fleet
    engine: Bundle
    queue_url: pulumi.Input[str]
    dead_letter_url: pulumi.Input[str]


@dataclass(frozen=True, kw_only=True)
class FleetBootstrapArgs:
    """What the bootstrap needs from its neighbors."""

    naming: Naming
    deployment: settings.Deployment
    renders: settings.Renders
    fleets: Mapping[str, BootstrappedFleet]
    agent: Bundle
    table_name: pulumi.Input[str]
    inputs_bucket: pulumi.Input[str]
    outputs_bucket: pulumi.Input[str]
    artifacts_bucket: pulumi.Input[str]
    logs_bucket: pulumi.Input[str]


class FleetBootstrap(pulumi.ComponentResource):
    """Owns document, agent, engines, parameters, associations, log groups; instances are the fleets'.

    `versions` has for each fleet a checksum of what its instances install and of their environment; a new
    checksum replaces the instances.
    """

    def __init__(
        self, name: str, args: FleetBootstrapArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("clip-it:fleet_bootstrap:FleetBootstrap", name, None, opts)
        self._name, self._args = name, args
        self._inside = pulumi.ResourceOptions(parent=self)
        self.versions: dict[str, str] = {}
        self.associations: dict[str, ssm.Association] = {}
        content = DOCUMENT.read_text(encoding="utf-8")
        self.document = self._document(name, "render-bootstrap", content)
        self._cloudwatch = self._document(
            f"{name}-cloudwatch", "cloudwatch-agent", CLOUDWATCH_DOCUMENT.read_text(encoding="utf-8")
        )
        self._agent = self._stored(f"{name}-agent", "agent", args.agent)
        engines = {prepared.engine.sha256: prepared.engine for prepared in args.fleets.values()}
        self._engines = {
            sha256: self._stored(f"{name}-engine-{sha256[:ENGINE_LABEL]}", "engine", engine)
            for sha256, engine in engines.items()
        }
        for fleet, prepared in args.fleets.items():
            self.versions[fleet] = bootstrap_version(
                [content, args.agent.sha256, *_installed(prepared)], self._environment(fleet, prepared)
            )
            self._bootstrap(fleet, prepared)
            self._watch(fleet, prepared)
        self._upkeep("inventory", INVENTORY_DOCUMENT, {})
        self._upkeep("patch-scan", PATCH_DOCUMENT, {"Operation": "Scan"})
        self.register_outputs({"document": self.document.name})

    def _document(self, name: str, label: str, content: str) -> ssm.Document:
        return ssm.Document(
            name,
            name=self._args.naming.physical(label, limit=DOCUMENT_LIMIT),
            document_type="Command",
            document_format="YAML",
            target_type="/AWS::EC2::Instance",
            content=content,
            tags=self._args.naming.tags(COMPONENT),
            opts=self._inside,
        )

    def _stored(self, name: str, folder: str, bundle: Bundle) -> StoredBundle:
        args = ArtifactArgs(
            naming=self._args.naming, bucket=self._args.artifacts_bucket, folder=folder, bundle=bundle
        )
        return store_bundle(name, args, self)

    def _bootstrap(self, fleet: str, prepared: BootstrappedFleet) -> None:
        naming = self._args.naming
        tags = naming.tags(COMPONENT, fleet=fleet)
        parameter = ssm.Parameter(
            f"{self._name}-{fleet}",
            name=FleetNames.of(naming, fleet).environment_parameter,
            description=f"Environment of the render agents of {fleet}",
            type="String",
            value=pulumi.Output.all(**self._environment(fleet, prepared)).apply(agent_environment_text),
            tags=tags,
            opts=self._inside,
        )
        self.associations[fleet] = ssm.Association(
            f"{self._name}-{fleet}",
            association_name=naming.physical(fleet, "bootstrap", limit=DOCUMENT_LIMIT),
            name=self.document.name,
            document_version=self.document.latest_version,
            schedule_expression=REPAIR_RATE,
            apply_only_at_cron_interval=False,
            compliance_severity="CRITICAL",
            # By the user guide, instances beyond the concurrency wait for the next interval, and a few errors
            # stop the association for all; by the API reference a new instance is never held back. With both
            # at 100 % either may be true.
            max_concurrency="100%",
            max_errors="100%",
            targets=_having({"Environment": naming.environment, "Fleet": fleet}),
            parameters={
                "AgentBundle": self._agent.address,
                "AgentSha256": self._agent.sha256,
                "EngineBundle": self._engines[prepared.engine.sha256].address,
                "EngineSha256": prepared.engine.sha256,
                "AgentEnvironment": pulumi.Output.concat("{{ssm:", parameter.name, "}}"),
                "EngineCommand": prepared.settings.engine_command,
                "InstallRoot": prepared.settings.install_root,
                "MinimumFreeMiB": str(prepared.settings.minimum_free_mib),
            },
            output_location=self._output_location("bootstrap"),
            tags=tags,
            opts=self._inside,
        )

    def _environment(self, fleet: str, prepared: BootstrappedFleet) -> dict[str, pulumi.Input[str]]:
        args = self._args
        return agent_environment(
            AgentEnvironmentArgs(
                naming=args.naming,
                fleet=fleet,
                settings=prepared.settings,
                renders=args.renders,
                table_name=args.table_name,
                inputs_bucket=args.inputs_bucket,
                outputs_bucket=args.outputs_bucket,
                queue_url=prepared.queue_url,
                dead_letter_url=prepared.dead_letter_url,
            )
        )

    def _watch(self, fleet: str, prepared: BootstrappedFleet) -> None:
        build_cloudwatch_agent(
            f"{self._name}-{fleet}",
            CloudWatchAgentArgs(
                naming=self._args.naming,
                deployment=self._args.deployment,
                fleet=fleet,
                install_root=prepared.settings.install_root,
                document=self._cloudwatch,
                logs_bucket=self._args.logs_bucket,
            ),
            self,
        )

    def _upkeep(self, label: str, document: str, parameters: dict[str, str]) -> None:
        naming = self._args.naming
        ssm.Association(
            f"{self._name}-{label}",
            association_name=naming.physical(label, limit=DOCUMENT_LIMIT),
            name=document,
            document_version=AWS_DOCUMENT_VERSION,
            schedule_expression=NIGHTLY,
            apply_only_at_cron_interval=True,
            compliance_severity="MEDIUM",
            max_concurrency="10%",
            max_errors="10%",
            targets=_having({"Environment": naming.environment, "Component": COMPONENT}),
            parameters=parameters,
            output_location=self._output_location(label),
            tags=naming.tags(COMPONENT),
            opts=self._inside,
        )

    def _output_location(self, label: str) -> ssm.AssociationOutputLocationArgs:
        return ssm.AssociationOutputLocationArgs(
            s3_bucket_name=self._args.logs_bucket, s3_key_prefix=f"systems-manager/{label}"
        )


def _installed(prepared: BootstrappedFleet) -> tuple[str, ...]:
    return prepared.engine.sha256, prepared.settings.engine_command, prepared.settings.install_root


def _having(tags: Mapping[str, str]) -> list[ssm.AssociationTargetArgs]:
    return [ssm.AssociationTargetArgs(key=f"tag:{key}", values=[value]) for key, value in tags.items()]
