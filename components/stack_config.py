"""The stack file as the Pulumi CLI hands it to the program."""

import json

import pulumi
from pulumi.runtime.config import CONFIG

from components.settings import NAMESPACE, Settings, SettingsError, parse


def read_settings() -> Settings:
    """The settings of the selected stack.

    Raises:
        pulumi.RunError: with everything that is wrong; the Pulumi CLI shows it without a traceback.
    """
    try:
        return parse(_sections())
    except SettingsError as wrong:
        raise pulumi.RunError(str(wrong)) from None


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
