"""The one provider of the program, bound to one account and one region whatever the credentials say."""

from __future__ import annotations

import pulumi_aws as aws

from components.naming import Naming

# A resource with this tag value was created without a component's tags.
UNTAGGED = "unassigned"


def build_provider(naming: Naming) -> aws.Provider:
    """Build the provider of all components."""
    return aws.Provider(
        "aws",
        region=naming.region,
        allowed_account_ids=[naming.account_id],
        default_tags=aws.ProviderDefaultTagsArgs(tags=naming.tags(UNTAGGED)),
    )
