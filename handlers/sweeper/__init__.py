"""The sweeper: repairs what a crash left undone, so that no job waits for something lost."""
