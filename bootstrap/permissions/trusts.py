"""Which workflow may take a role.

GitHub names repository and environment in the subject of a workflow's token: by names alone, or, of
repositories made, renamed or transferred since July 2026 and of those that opted in, with the numbers of
owner and repository behind them (GitHub, "OpenID Connect reference", "Immutable subject claims"). Both forms
are trusted, because the repository's number beside them belongs to no other one, even if somebody else takes
the name later. All conditions must hold.
"""

import json

from bootstrap.names import GIT_HOST, Names
from bootstrap.settings import GitHost

AUDIENCE = "sts.amazonaws.com"


def trust_of_environment(names: Names, host: GitHost, environment: str, *, on_branch: bool = True) -> str:
    """The trust in workflows of one environment of the repository, on the deployed branch only or on any."""
    owner, _, name = host.repository.partition("/")
    numbered = f"{owner}@{host.owner_id}/{name}@{host.repository_id}"
    claims: dict[str, str | list[str]] = {
        "aud": AUDIENCE,
        "sub": [f"repo:{one}:environment:{environment}" for one in (host.repository, numbered)],
        "repository_id": host.repository_id,
    }
    if on_branch:
        claims["ref"] = f"refs/heads/{host.branch}"
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": names.identity_provider_arn},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": {f"{GIT_HOST}:{claim}": value for claim, value in claims.items()}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
