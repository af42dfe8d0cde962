"""The stack file as the Pulumi CLI hands it to the program."""

import json
import time
from collections.abc import Callable, Mapping
from typing import Final, TypeVar

import pulumi
from pulumi.runtime.config import CONFIG

from components.settings import NAMESPACE, Settings, SettingsError, parse, refused_changes

Parsed = TypeVar("Parsed")

# Outputs by which a deployment tells the next one what it may not change, and which fleets there ever were.
FIXED_SETTINGS, KNOWN_FLEETS = "fixed_settings", "known_fleets"

HALF_WRITTEN: Final = "failed to load checkpoint: EOF"
PAUSES_S: Final = (0.1, 0.2, 0.4, 0.8)


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
    stack references work, tells at once. With state in files the engine may be writing its first checkpoint
    at this moment, and reads half of what describes it; that is gone when it is asked again.
    """
    name = f"{pulumi.get_organization()}/{pulumi.get_project()}/{pulumi.get_stack()}"
    for pause in PAUSES_S:
        try:
            answer = _look_up(name)
            break
        except Exception as error:  # the SDK raises nothing narrower
            if HALF_WRITTEN not in str(error):
                raise
            time.sleep(pause)
    else:
        answer = _look_up(name)
    outputs = answer.get("outputs", {}) if isinstance(answer, dict) else {}
    return outputs.get(output)


def _look_up(name: str) -> object:
    return pulumi.runtime.invoke("pulumi:pulumi:readStackOutputs", {"name": name}).value


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
