"""The settings of an account: what each section of a stack file of this program may say."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from components.settings import SettingsError
from components.settings.constraints import Between, Matching
from components.settings.parsing import Checked, Means, read
from components.settings.platform import NAME

NAMESPACE = "clip-it-bootstrap"
ACCOUNT = Matching(r"\d{12}", "12 digits in quotes")
REGION = Matching(r"(eu|us)-[a-z]+-\d", "a commercial region of the EU or the US")


@dataclass(frozen=True, kw_only=True)
class Account(Checked):
    """Which account and region, whose they are, and what they may cost."""

    environment: Annotated[str, NAME, Means("Environment that is deployed to this account.", "names")]
    owner: Annotated[
        str,
        Matching(r"[\w.@-]{2,64}", "2 to 64 letters, digits and . @ _ -"),
        Means("Owner of the account; the tag `Owner`.", "names"),
    ]
    account_id: Annotated[str, ACCOUNT, Means("The only AWS account the program may touch.", "names")]
    region: Annotated[str, REGION, Means("The only AWS region of the stack.", "names")]
    protect: Annotated[
        bool, Means("Refuse to delete the state bucket, its key and the images.", "state_store, image_store")
    ]
    monthly_budget_usd: Annotated[
        int, Between(1, 10_000_000), Means("Monthly cost of the account, in USD, that is alarming.", "budget")
    ]
    budget_emails: Annotated[
        tuple[str, ...],
        Matching(r"[^@\s]+@[^@\s]+\.[^@\s]+", "e-mail addresses"),
        Means("Addresses that hear of the budget.", "budget"),
    ]


@dataclass(frozen=True, kw_only=True)
class GitHost(Checked):
    """Whose workflows may take the roles."""

    repository: Annotated[
        str,
        Matching(r"[\w.-]+/[\w.-]+", "an owner and a name such as example/clip-it"),
        Means("The repository.", "access"),
    ]
    repository_id: Annotated[
        str,
        Matching(r"\d{1,20}", "digits in quotes"),
        Means("Its number, which no later repository of the same name has.", "access"),
    ]
    owner_id: Annotated[
        str,
        Matching(r"\d{1,20}", "digits in quotes"),
        Means("The number of its owner, which newer tokens have as well.", "access"),
    ]
    branch: Annotated[
        str, Matching(r"[\w./-]{1,100}", "a branch name"), Means("The branch that is deployed.", "access")
    ]
    identity_provider: Annotated[
        Literal["create", "existing"],
        Means("An account has one provider for all regions: `existing` in the second region.", "access"),
    ]


@dataclass(frozen=True, kw_only=True)
class Images(Checked):
    """Where the images of all environments are."""

    account_id: Annotated[str, ACCOUNT, Means("Account that holds the repository.", "image_store, access")]
    region: Annotated[str, REGION, Means("Region of the repository.", "image_store, access")]
    pulled_by: Annotated[
        tuple[str, ...], ACCOUNT, Means("Accounts whose tasks pull the images.", "image_store")
    ]


@dataclass(frozen=True, kw_only=True)
class Settings(Checked):
    """All settings of an account; each field is a section `clip-it-bootstrap:<name>` of its file."""

    account: Account
    git_host: GitHost
    images: Images

    def conflicts(self) -> Iterator[str]:
        """Who deploys must be able to pull."""
        if self.account.account_id not in self.images.pulled_by:
            given = list(self.images.pulled_by)
            yield f"images.pulled_by: {given} given; this account ({self.account.account_id}) is needed too."

    @property
    def holds_images(self) -> bool:
        """Whether the repository is in this account and region."""
        here = (self.account.account_id, self.account.region)
        return (self.images.account_id, self.images.region) == here


def parse(values: Mapping[str, object]) -> Settings:
    """Settings of an account from the objects of its stack file.

    Raises:
        SettingsError: naming every unknown, missing or unusable setting at once.
    """
    problems: list[str] = []
    settings = read(Settings, values, f"{NAMESPACE}:", problems)
    if settings is None or problems:
        raise SettingsError(problems)
    return settings
