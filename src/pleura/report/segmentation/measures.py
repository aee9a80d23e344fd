"""How the measures of a segmentation are called and written."""

from pleura.report.findings import Estimate
from pleura.report.numbers import Metric
from pleura.report.table import Column

DICE = Metric("dice", "Dice")
UNITS = {"mm": "mm", "px": "pixels"}
# Areas are shares of the image in tables of data, and per cent on the page: they are small.
SHOWN_TIMES = {"false_positive_area": 100.0}


def measures(unit: str) -> dict[str, Metric]:
    """Every measure by its name; distances are in `unit`, "mm" or "px"."""
    within = f" in {UNITS[unit]}" if unit else ""

    def error(name: str, label: str, digits: int = 2) -> Metric:
        return Metric(name, label, bounded=False, higher_is_better=False, digits=digits)

    found = (
        DICE,
        Metric("iou", "IoU"),
        error("hd95", f"Hausdorff distance{within}", digits=1),
        error("surface_distance", f"surface distance{within}"),
        error("false_positive_area", "false-positive area in % of the image"),
        error("components", "error in the number of parts"),
    )
    return {metric.name: metric for metric in found}


def columns(unit: str) -> dict[str, Column]:
    """The heading of each measure's column."""
    unit = UNITS.get(unit, "")
    return {
        "dice": Column("Dice"),
        "iou": Column("IoU"),
        "hd95": Column("Hausdorff", f"95 %, {unit}" if unit else "95 %"),
        "surface_distance": Column("Surface distance", unit),
        "false_positive_area": Column("False-positive area", "% of the image"),
        "components": Column("Parts", "error in their number"),
    }


def shown(name: str, value: float, low: float, high: float) -> Estimate:
    """A value of the measure `name` with its interval, as the page writes them."""
    times = SHOWN_TIMES.get(name, 1.0)
    return Estimate(times * value, times * low, times * high)
