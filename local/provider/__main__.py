"""The plugin's process: `python -m local.provider`."""

from local.provider.protocol import serve

serve()
