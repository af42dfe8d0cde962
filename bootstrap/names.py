"""Names and ARNs of what the bootstrap makes, known before anything exists.

All begin with `clip-it-bootstrap`, which no environment is called: what a deployment may change begins with
`clip-it-<environment>`, so it never includes them. Each has the region where an account has it once for all
regions.
"""

from dataclasses import dataclass, replace

from bootstrap.settings import Settings
from components.naming import Naming
from components.naming.store_names import bucket_name

PREFIX = "clip-it-bootstrap"
COMPONENT = "bootstrap"
REPOSITORY = "clip-it/job-server"
GIT_HOST = "token.actions.githubusercontent.com"
# Names of roles and policies may have 64 and 128 characters, of aliases 250, of budgets 100.
ROLE_LIMIT, POLICY_LIMIT, ALIAS_LIMIT, BUDGET_LIMIT = 64, 128, 250, 100


@dataclass(frozen=True, kw_only=True)
class Names:
    """The names in one account and region."""

    own: Naming
    """Of what the bootstrap makes."""
    deployed: Naming
    """Of what is deployed later."""
    images_account: str
    images_region: str

    @classmethod
    def of(cls, settings: Settings) -> "Names":
        """The names for the settings of an account."""
        account = settings.account
        deployed = Naming(
            environment=account.environment,
            owner=account.owner,
            account_id=account.account_id,
            region=account.region,
        )
        return cls(
            own=replace(deployed, prefix=PREFIX),
            deployed=deployed,
            images_account=settings.images.account_id,
            images_region=settings.images.region,
        )

    def tags(self) -> dict[str, str]:
        """The required tags."""
        return self.own.tags(COMPONENT)

    def global_arn(self, resource: str) -> str:
        """The ARN of something in IAM."""
        return f"arn:aws:iam::{self.own.account_id}:{resource}"

    @property
    def state_bucket(self) -> str:
        """The bucket of all states of this account and region."""
        return bucket_name(self.own, "state")

    @property
    def key_alias(self) -> str:
        """The alias of the key for secrets in the state."""
        return "alias/" + self.own.physical("state", limit=ALIAS_LIMIT)

    @property
    def secrets_provider(self) -> str:
        """The URL for `pulumi stack init --secrets-provider`; its context names the stack whose it is."""
        return f"awskms:///{self.key_alias}?region={self.own.region}&context_stack={self.own.environment}"

    @property
    def boundary(self) -> str:
        """The policy that bounds every role of a deployment."""
        return self.policy("boundary")

    @property
    def boundary_arn(self) -> str:
        """The ARN of the boundary."""
        return self.global_arn(f"policy/{self.boundary}")

    def policy(self, purpose: str) -> str:
        """The policy for a purpose."""
        return self.own.across_regions(purpose, limit=POLICY_LIMIT)

    def role(self, purpose: str) -> str:
        """The role for a purpose."""
        return self.own.across_regions(purpose, limit=ROLE_LIMIT)

    @property
    def identity_provider_arn(self) -> str:
        """The ARN of the Git host as a provider of identities."""
        return self.global_arn(f"oidc-provider/{GIT_HOST}")

    @property
    def repository_arn(self) -> str:
        """The ARN of the image repository, maybe in another account."""
        return f"arn:aws:ecr:{self.images_region}:{self.images_account}:repository/{REPOSITORY}"

    @property
    def repository_url(self) -> str:
        """The address of the image repository."""
        return f"{self.images_account}.dkr.ecr.{self.images_region}.amazonaws.com/{REPOSITORY}"
