"""Who may do what: the shapes of policy documents, and permissions that several roles share."""

from components.permissions.policy_documents import (
    Statement,
    document,
    only_attributes,
    only_keys,
    only_over_tls,
    trust,
    use_of_key,
)

__all__ = ["Statement", "document", "only_attributes", "only_keys", "only_over_tls", "trust", "use_of_key"]
