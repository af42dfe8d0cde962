"""Auto Scaling in the emulated AWS: groups, their instances' lifecycle, and what a group reports."""
