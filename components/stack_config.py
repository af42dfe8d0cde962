"""The stack file as the Pulumi CLI hands it to the program."""

import json
from collections.abc import Mapping

import pulumi
from pulumi.runtime.config import CONFIG

from components.settings import NAMESPACE, Settings, SettingsError, parse, refused_changes

FIXED_SETTINGS = (
    "fixed_settings"  # the output by which a deployment tells the next one what it may not change
)


def read_settings() -> Settings:
    """The settings of the selected stack, which must not differ from what is deployed in a fixed setting.

    Raises:
        pulumi.RunError: with everything that is wrong; the Pulumi CLI shows it without a traceback.
    """
    try:
        settings = parse(_sections())
    except SettingsError as wrong:
        raise pulumi.RunError(str(wrong)) from None
    if problems := [*refused_changes(settings, _deployed())]:
        raise pulumi.RunError(str(SettingsError(problems)))
    return settings


def _deployed() -> Mapping[str, object]:
    """The fixed settings that the last deployment of this stack exported; none before the first.

    A stack reference would give them only after resources were registered; the engine's own look-up, by which
    stack references work, gives them at once.
    """
    name = f"{pulumi.get_organization()}/{pulumi.get_project()}/{pulumi.get_stack()}"
    answer = pulumi.runtime.invoke("pulumi:pulumi:readStackOutputs", {"name": name}).value
    outputs = answer.get("outputs", {}) if isinstance(answer, dict) else {}
    deployed = outputs.get(FIXED_SETTINGS, {})
    return deployed if isinstance(deployed, dict) else {}


def _sections() -> dict[str, object]:
    """The sections of the stack file, each an object."""
    prefix = f"{NAMESPACE}:"
    given = {key.removeprefix(prefix): value for key, value in CONFIG.get().items() if key.startswith(prefix)}
    return {section: _value(text) for section, text in given.items()}


def _value(text: str) -> object:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text
