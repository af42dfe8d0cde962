"""The drawings of the pages. To add one, write a function that draws into a folder, and add a row."""

from typing import Final

from pages.pictures import played_day, product
from pages.pictures.drawing import Drawing

DRAWINGS: Final = (
    Drawing(
        name="day",
        pictures=("dashboard-overview.png", "dashboard-renders.png"),
        sources=(
            "cli/dashboard/*.py",
            "components/parts/observability/dashboards.py",
            "components/parts/observability/graphs.py",
            "pages/pictures/played_day.py",
        ),
        draw=played_day.draw,
    ),
    Drawing(
        name="demo",
        pictures=(product.FRAME, product.TRACE),
        sources=(
            "cli/demo/composition.py",
            "cli/demo/picture.py",
            "cli/trace/page.py",
            "pages/pictures/product.py",
        ),
        draw=product.draw,
    ),
)
