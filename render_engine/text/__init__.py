"""The words of a video: fonts, measuring, legibility and the pictures of words."""
