"""The parts of each component, a folder per component; a part is not itself a component."""
