"""The reference render engine: a composition in, an MP4 out, by the protocol of the proprietary one."""
