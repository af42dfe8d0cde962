"""The documentation site: `docs/` and the pages beside it as HTML that asks nobody else for anything."""
