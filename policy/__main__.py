"""Builds the pack, nothing else; the engine starts it with this folder first on the import path."""

from guardrails.catalogue import RULES
from guardrails.pack.server import serve

serve(RULES)
