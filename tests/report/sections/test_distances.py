"""How far off grades are."""

from dataclasses import replace

import numpy as np

from pleura.report.findings import Findings
from pleura.report.prose import say
from pleura.report.sections.confusion import Confusion
from pleura.report.sections.distances import distance_table, shares_by_distance

COUNTS = np.array([[4.0, 2.0, 0.0], [1.0, 5.0, 0.0], [3.0, 0.0, 5.0]])  # rows: the true grade


def test_of_several_folds_it_is_said_that_they_are_counted_together() -> None:
    told = "Shares are of the images of all folds together"
    assert told in say("distances", "words", folds=True)
    assert told not in say("distances", "words", folds=False)


def test_images_are_counted_by_their_distance_and_side(findings: Findings) -> None:
    """Of 20 images 14 are right, 3 are off by 1 and 3 by 2; 4 are too low, 2 too high."""
    look = findings.looks[findings.reference]
    it = Confusion(findings.reference, look, COUNTS, COUNTS)
    assert shares_by_distance(it) == [0.7, 0.15, 0.15, 0.2, 0.1]
    graded = replace(findings, classes=("none", "mild", "severe"))
    table = distance_table(graded, [it], 1.0)
    names = [column.title for column in table.columns]
    assert names[1:6] == ["Right", "Off by 1", "Off by 2", "Too low", "Too high"]
    texts = [cell.text.replace("\u00a0", " ") for cell in table.rows[0][1:6]]
    assert texts == ["70 %", "15 %", "15 %", "20 %", "10 %"]
