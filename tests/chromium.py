"""The mark of tests that need Chromium."""

import shutil

import pytest

from pages.pictures.browser import PROGRAM

NEEDS_CHROMIUM = pytest.mark.skipif(
    not shutil.which(PROGRAM), reason="Chromium is not installed: apt-get install chromium"
)
