"""The plugin's process: `python -m local.provider`."""

import local.pulumi_plugins.bare_protocol  # noqa: F401  before anything that would import the SDK
from local.provider.protocol import serve

serve()
