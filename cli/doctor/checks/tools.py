"""The Pulumi CLI and its plugin."""

import json
from importlib.metadata import version

from cli.doctor.patient import Check, Finding, Patient, failed, passed, rows
from local.toolchain.pulumi_cli import MINIMAL_VERSION


def _cli(patient: Patient) -> Finding:
    found = patient.pulumi("version").strip().removeprefix("v")
    numbers = tuple(int(part) for part in found.split("-")[0].split(".")[:3] if part.isdigit())
    wanted = ".".join(map(str, MINIMAL_VERSION))
    if numbers < MINIMAL_VERSION:
        return failed(f"the Pulumi CLI is {found}; {wanted} or newer is needed", "make pulumi")
    return passed(f"the Pulumi CLI is {found}")


def _plugin(patient: Patient) -> Finding:
    """The provider's plugin has the version of the locked SDK, or a preview would fetch another one."""
    wanted = version("pulumi-aws")
    listed = {"plugins": json.loads(patient.pulumi("plugin", "ls", "--json"))}
    installed = {str(row.get("version")) for row in rows(listed, "plugins") if row.get("name") == "aws"}
    if wanted not in installed:
        have = ", ".join(sorted(installed)) or "none"
        return failed(
            f"requirements.lock has pulumi-aws {wanted}, and the plugins installed are: {have}",
            f"pulumi plugin install resource aws v{wanted}",
        )
    return passed(f"the plugin aws {wanted} is installed")


CHECKS = (Check(name="Pulumi CLI", look=_cli), Check(name="plugin of the provider", look=_plugin))
