"""The drawings of the pages. To add one, write a function that draws into a folder, and add a row."""

from typing import Final

from pages.pictures.drawing import Drawing

DRAWINGS: Final[tuple[Drawing, ...]] = ()
