"""The settings of a stack: sections, their ranges, and how they are read from a stack file."""

from components.settings.fixed import fixed, refused_changes
from components.settings.fleet import Fleet, Scaling
from components.settings.parsing import SettingsError
from components.settings.platform import Alarms, Deployment, Network, Storage
from components.settings.service import JobServer, Renders, Webhooks
from components.settings.stack_settings import NAMESPACE, Settings, parse

__all__ = [
    "NAMESPACE",
    "Alarms",
    "Deployment",
    "Fleet",
    "JobServer",
    "Network",
    "Renders",
    "Scaling",
    "Settings",
    "SettingsError",
    "Storage",
    "Webhooks",
    "fixed",
    "parse",
    "refused_changes",
]
