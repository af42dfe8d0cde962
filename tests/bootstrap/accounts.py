"""The committed accounts: their settings, names and roles, without running the program."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from bootstrap.access import AccessArgs, Role, roles
from bootstrap.names import Names
from bootstrap.settings import NAMESPACE, Settings, parse
from components.permissions import document

ROOT = Path(__file__).parents[2]
STACKS = ("dev", "prod", "local")


@dataclass(frozen=True, kw_only=True)
class Account:
    """One account with what its role documents say."""

    settings: Settings
    names: Names
    roles: Mapping[str, Role]

    def documents(self, purpose: str) -> list[str]:
        """The policies of a role."""
        return [document(statements) for statements in self.roles[purpose].allows.values()]


def sections(stack: str) -> dict[str, object]:
    """What a committed stack file says."""
    config = yaml.safe_load((ROOT / f"bootstrap/Pulumi.{stack}.yaml").read_text())["config"]
    prefix = f"{NAMESPACE}:"
    return {key.removeprefix(prefix): value for key, value in config.items() if key.startswith(prefix)}


def account_of(settings: Settings) -> Account:
    """The account of some settings."""
    names = Names.of(settings)
    args = AccessArgs(names=names, git_host=settings.git_host, holds_images=settings.holds_images)
    return Account(settings=settings, names=names, roles=roles(args))


@cache
def account(stack: str) -> Account:
    """A committed account."""
    return account_of(parse(sections(stack)))
