"""Names of dashboards, by which commands find them."""

from typing import Final

from components.naming.alarm_names import NAME_LIMIT
from components.naming.stack_names import Naming

DASHBOARDS: Final = ("overview", "api", "renders", "fleet", "cost")
"""The dashboards of a stack, in the order in which an operator reads them."""


def dashboard_name(naming: Naming, kind: str) -> str:
    """The physical name of a dashboard; an account has it once for all regions."""
    return naming.across_regions(kind, limit=NAME_LIMIT)
