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
            "cli/trace/lanes.py",
            "cli/trace/page.py",
            "pages/pictures/product.py",
        ),
        draw=product.demo,
    ),
    Drawing(
        name="console",
        pictures=(product.CONSOLE,),
        sources=(
            "cli/console/templates/base.html",
            "cli/console/templates/overview.html",
            "cli/console/templates/parts.html",
            "cli/console/templates/style.css",
            "cli/console/views/chart.py",
            "cli/console/views/fleets.py",
            "cli/console/views/signals.py",
            "cli/console/views/workers.py",
            "pages/pictures/incident.py",
            "pages/pictures/product.py",
        ),
        draw=product.console,
    ),
)
