"""The stack file as the Pulumi CLI hands it to the program."""

import json
from collections.abc import Callable, Mapping
from typing import TypeVar

import pulumi
from pulumi.runtime.config import CONFIG

from components.settings import NAMESPACE, Settings, SettingsError, parse, refused_changes

Parsed = TypeVar("Parsed")

# Outputs by which a deployment tells the next one what it may not change, and which fleets there ever were.
FIXED_SETTINGS, KNOWN_FLEETS = "fixed_settings", "known_fleets"


def read_settings() -> Settings:
    """The settings of the selected stack, which must not differ from what is deployed in a fixed setting.

    Raises:
        pulumi.RunError: with everything that is wrong; the Pulumi CLI shows it without a traceback.
    """
    settings = settings_or_refusal(NAMESPACE, parse)
    deployed = _deployed(FIXED_SETTINGS)
    if isinstance(deployed, dict) and (problems := [*refused_changes(settings, deployed)]):
        raise pulumi.RunError(str(SettingsError(problems)))
    return settings


def settings_or_refusal(namespace: str, parsed: Callable[[Mapping[str, object]], Parsed]) -> Parsed:
    """The settings in the sections of a namespace of the stack file.

    Raises:
        pulumi.RunError: with everything that is wrong; the Pulumi CLI shows it without a traceback.
    """
    try:
        return parsed(_sections(namespace))
    except SettingsError as wrong:
        raise pulumi.RunError(str(wrong)) from None


def removed_fleets(settings: Settings) -> list[str]:
    """The fleets that earlier deployments of this stack had and the settings have no more."""
    known = _deployed(KNOWN_FLEETS)
    return sorted({*known} - {*settings.fleets}) if isinstance(known, list) else []


def _deployed(output: str) -> object:
    """What the last deployment of this stack exported under a name; None before the first.

    A stack reference would tell only after resources were registered; the engine's own look-up, by which
    stack references work, tells at once.
    """
    name = f"{pulumi.get_organization()}/{pulumi.get_project()}/{pulumi.get_stack()}"
    answer = pulumi.runtime.invoke("pulumi:pulumi:readStackOutputs", {"name": name}).value
    outputs = answer.get("outputs", {}) if isinstance(answer, dict) else {}
    return outputs.get(output)


def _sections(namespace: str) -> dict[str, object]:
    """The sections of the stack file, each an object."""
    prefix = f"{namespace}:"
    given = {key.removeprefix(prefix): value for key, value in CONFIG.get().items() if key.startswith(prefix)}
    return {section: _value(text) for section, text in given.items()}


def _value(text: str) -> object:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text
