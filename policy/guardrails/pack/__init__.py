"""Runs the pack: the rules served as CrossGuard policies, with levels, waivers and the catalogue page."""
