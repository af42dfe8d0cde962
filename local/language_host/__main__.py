"""The plugin's process: `python -m local.language_host`."""

import local.pulumi_plugins.bare_protocol  # noqa: F401  before anything that would import the SDK
from local.language_host.host import serve

serve()
