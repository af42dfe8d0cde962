"""The parts of one component each, a folder for each component; no part is a component."""
