"""Builds the pack, nothing else; Pulumi starts it with this folder first on the import path."""

from guardrails.catalogue import RULES
from guardrails.pack.server import serve

serve(RULES)
