"""The sweeper: puts right what a crash left lying, so that no job waits because something was lost."""
