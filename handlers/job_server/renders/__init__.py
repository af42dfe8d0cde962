"""What the job server does with renders, without HTTP."""
