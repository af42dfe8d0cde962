"""The render agent: on each instance it takes jobs, runs the engine on them and stores the videos."""
