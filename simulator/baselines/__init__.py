"""The published policies, as far as their documentation goes; sources in `docs/scaling.md`."""
