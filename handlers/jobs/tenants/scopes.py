"""What an API key may be used for."""

from enum import StrEnum
from typing import Final


class Scope(StrEnum):
    """The scope of a key; each may do what those before it may do."""

    READ = "read"
    SUBMIT = "submit"
    ADMIN = "admin"

    def allows(self, needed: "Scope") -> bool:
        """Whether a key with this scope may do what needs another one."""
        return _ORDER.index(self) >= _ORDER.index(needed)


_ORDER: Final = (*Scope,)
