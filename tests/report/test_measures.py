"""How the measures of a segmentation are called and written."""

from pleura.report import cells
from pleura.report.findings import Estimate
from pleura.report.measures import columns, measures
from pleura.report.numbers import Metric


def test_numbers_are_written_as_their_measure_is() -> None:
    known = measures("mm")
    assert cells.estimate(Estimate(0.9123, 0.9, 0.92), known["dice"]).text == ".912"
    distance = cells.estimate(Estimate(3.14, 2, 4.26), known["hd95"], sign=True)
    assert (distance.text, distance.detail) == ("+3.1", "2.0\u00a0to\u00a04.3")
    assert known["hd95"].label.endswith("in mm")
    assert not known["components"].higher_is_better
    assert columns("px")["hd95"].detail == "95 %, pixels"
    assert columns("")["surface_distance"].detail == ""


def test_every_measure_is_a_metric_with_a_column() -> None:
    known = measures("px")
    assert list(known) == list(columns("px"))
    assert all(isinstance(metric, Metric) for metric in known.values())
