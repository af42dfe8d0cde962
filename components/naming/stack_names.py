"""Names, tags and ARNs of a stack: every physical name is computed here, so that a preview knows it."""

from dataclasses import dataclass

from components.settings import Deployment

PROJECT = "clip-it"


@dataclass(frozen=True, kw_only=True)
class Naming:
    """Computes names that another system or a policy document needs before anything exists."""

    environment: str
    owner: str
    account_id: str
    region: str
    prefix: str = PROJECT
    """What physical names begin with, before the environment."""
    boundary: str | None = None
    """The ARN of the policy that bounds every role."""

    @classmethod
    def of(cls, deployment: Deployment) -> "Naming":
        """The names of a deployment."""
        return cls(
            environment=deployment.environment,
            owner=deployment.owner,
            account_id=deployment.account_id,
            region=deployment.region,
            boundary=deployment.permissions_boundary,
        )

    def tags(self, component: str, *, fleet: str | None = None, **more: str) -> dict[str, str]:
        """The required tags, plus the fleet's for a resource of a fleet."""
        return {
            "Project": PROJECT,
            "Environment": self.environment,
            "Component": component,
            "Owner": self.owner,
            "ManagedBy": "pulumi",
            **({"Fleet": fleet} if fleet else {}),
            **more,
        }

    def physical(self, *parts: str, limit: int) -> str:
        """A physical name within the service's limit.

        Raises:
            ValueError: The name is longer than the service allows.
        """
        name = "-".join((self.prefix, self.environment, *parts))
        if len(name) > limit:
            raise ValueError(
                f"The name {name!r} has {len(name)} characters; {limit} are allowed: shorten it."
            )
        return name

    def across_regions(self, *parts: str, limit: int) -> str:
        """A physical name of what an account has once for all regions: roles, buckets, dashboards.

        Raises:
            ValueError: The name is longer than the service allows.
        """
        return self.physical(*parts, self.region, limit=limit)

    def path(self, *parts: str) -> str:
        """A parameter path of this environment."""
        return "/".join(("", PROJECT, self.environment, *parts))

    def arn(self, service: str, resource: str) -> str:
        """The ARN of a regional resource of this account."""
        return f"arn:aws:{service}:{self.region}:{self.account_id}:{resource}"

    def bucket_arn(self, bucket: str, key: str | None = None) -> str:
        """The ARN of a bucket, or of objects in it."""
        return f"arn:aws:s3:::{bucket}" + (f"/{key}" if key else "")
