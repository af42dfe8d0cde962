"""The plugin's process: `python -m local.provider`."""

import local.bare_protocol  # noqa: F401  before anything that would import the SDK
from local.provider.protocol import serve

serve()
