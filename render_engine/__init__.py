"""The reference render engine: turns a composition into an MP4, and speaks the engine protocol."""
