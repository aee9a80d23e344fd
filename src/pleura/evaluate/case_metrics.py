"""The metrics of a segmentation, case by case; `evaluate.segmentation` measures them."""

from pleura.evaluate.metric import Metric
from pleura.evaluate.transformations import ROOT

DICE = Metric("dice", "Dice")
IOU = Metric("iou", "IoU")
HD95 = Metric("hd95", "Hausdorff distance", ROOT, higher_is_better=False, digits=1)
SURFACE_DISTANCE = Metric(
    "surface_distance", "surface distance", ROOT, higher_is_better=False, digits=2
)
FALSE_POSITIVE_AREA = Metric(
    "false_positive_area",
    "false-positive area",
    unit="% of the image",
    higher_is_better=False,
    digits=2,
    shown_times=100.0,  # areas are shares of the image, and small
)
COMPONENTS = Metric(
    "components",
    "error in the number of parts",
    ROOT,
    higher_is_better=False,
    primary=False,
    digits=2,
)
LISTED = (DICE, IOU, HD95, SURFACE_DISTANCE, FALSE_POSITIVE_AREA, COMPONENTS)
CASE_METRICS = {metric.name: metric for metric in LISTED}
"""The records by name, in the order of tables."""
DISTANCES = (HD95.name, SURFACE_DISTANCE.name)
"""In millimetres where an image's spacing is known, otherwise in pixels."""
