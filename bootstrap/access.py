"""Who may do what: the Git host as identity provider, the boundary, a role for each kind of workflow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import iam

from bootstrap.names import GIT_HOST, Names
from bootstrap.permissions import deploying, images, state, viewing
from bootstrap.permissions.boundary import boundary
from bootstrap.permissions.trusts import AUDIENCE, trust_of_environment
from bootstrap.settings import GitHost
from components.permissions import Statement, document

# A first deployment takes some 20 minutes, and an instance refresh is waited for up to three hours.
LONGEST_SESSION_S = 4 * 3600


@dataclass(frozen=True, kw_only=True)
class AccessArgs:
    """Whose workflows, and whether the images are here."""

    names: Names
    git_host: GitHost
    holds_images: bool


@dataclass(frozen=True, kw_only=True)
class Role:
    """What a role is for, who may take it, and what it allows, by the name of each of its policies."""

    description: str
    trust: str
    allows: Mapping[str, Sequence[Statement]]
    session_s: int = 3600


def roles(args: AccessArgs) -> Mapping[str, Role]:
    """The roles of an account by their purpose."""
    names, host = args.names, args.git_host
    environment = names.own.environment
    found = {
        "preview": Role(
            description="Previews of pull requests: reads the state and decrypts its secrets.",
            # The code of a pull request runs with it, whatever the branch.
            trust=trust_of_environment(names, host, f"{environment}-preview", on_branch=False),
            allows={"state": state.reading(names)},
        ),
        "drift": Role(
            description="The nightly look for drift: sees settings, and no data.",
            trust=trust_of_environment(names, host, f"{environment}-drift"),
            allows={
                "state": state.reading(names),
                "view": viewing.viewing(names),
                "no-data": viewing.no_data(names),
            },
        ),
        "deploy": Role(
            description="Deployments: changes what is named after the environment.",
            trust=trust_of_environment(names, host, environment),
            allows={
                "state": [*state.reading(names), *state.writing(names)],
                "view": viewing.viewing(names),
                "change-unnamed": deploying.unnamed(names),
                "change-named": deploying.named(names),
                "try": deploying.trying(names),
                "roles": [*deploying.roles(names), *deploying.untouchable(names)],
                "images": images.pulling(names),
            },
            session_s=LONGEST_SESSION_S,
        ),
    }
    if args.holds_images:
        found["image"] = Role(
            description="Pushes images.",
            trust=trust_of_environment(names, host, "image"),
            allows={"push": images.pushing(names)},
        )
    return found


class Access(pulumi.ComponentResource):
    """Owns provider, boundary and roles; the roles of the running service belong to the main program."""

    def __init__(self, name: str, args: AccessArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("clip-it:bootstrap:Access", name, None, opts)
        inside, names = pulumi.ResourceOptions(parent=self), args.names
        trusted: list[pulumi.Resource] = []
        if args.git_host.identity_provider == "create":
            trusted.append(
                iam.OpenIdConnectProvider(
                    name,
                    url=f"https://{GIT_HOST}",
                    client_id_lists=[AUDIENCE],
                    tags=names.tags(),
                    opts=inside,
                )
            )
        iam.Policy(
            f"{name}-boundary",
            name=names.boundary,
            description=f"The most that a role of {names.own.environment} may do.",
            policy=document(boundary(names)),
            tags=names.tags(),
            opts=inside,
        )
        self.role_arns = {
            purpose: self._role(name, purpose, role, names, trusted) for purpose, role in roles(args).items()
        }
        self.register_outputs({"role_arns": self.role_arns})

    def _role(
        self, name: str, purpose: str, role: Role, names: Names, trusted: Sequence[pulumi.Resource]
    ) -> pulumi.Output[str]:
        made = iam.Role(
            f"{name}-{purpose}",
            name=names.role(purpose),
            description=role.description,
            assume_role_policy=role.trust,
            max_session_duration=role.session_s,
            tags=names.tags(),
            opts=pulumi.ResourceOptions(parent=self, depends_on=trusted),
        )
        inside = pulumi.ResourceOptions(parent=self)
        for part, statements in role.allows.items():
            # Not inline: a role holds 10,240 characters of those, and ten of these with 6,144 each.
            policy = iam.Policy(
                f"{name}-{purpose}-{part}",
                name=names.policy(f"{purpose}-{part}"),
                policy=document(statements),
                tags=names.tags(),
                opts=inside,
            )
            iam.RolePolicyAttachment(
                f"{name}-{purpose}-{part}", role=made.name, policy_arn=policy.arn, opts=inside
            )
        return made.arn
