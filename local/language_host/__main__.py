"""The plugin's process: `python -m local.language_host`."""

from local.language_host.host import serve

serve()
