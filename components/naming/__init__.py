"""Names, tags and ARNs: of the stack, of a fleet, of the job store, of alarms."""

from components.naming.stack_names import Naming

__all__ = ["Naming"]
