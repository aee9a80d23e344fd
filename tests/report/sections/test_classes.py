"""The metrics of each class, and how often findings are there, alone and together."""

from types import SimpleNamespace
from typing import Any, cast

import pandas as pd

from pleura.report.findings import Findings
from pleura.report.sections.classes import FINDINGS, class_table, together_table


def test_class_table_has_a_row_for_each_recipe_and_class(findings: Findings) -> None:
    assert len(class_table(findings, 1.0).rows) == 5 * 3


def test_shares_are_of_images_of_which_a_finding_is_known() -> None:
    predictions = pd.DataFrame(
        {
            "part": ["test"] * 8 + ["validation"],
            "image": [*"abcd", *"abcd", "v"],  # two recipes on the same images
            "label_x": ["1", "1", "0", "", "1", "1", "0", "", "1"],
            "label_y": ["1", "0", "", "1", "1", "0", "", "1", "1"],
            "logit_x": 0.0,
            "logit_y": 0.0,
        }
    )
    contents = cast(Any, SimpleNamespace(test=predictions[predictions["part"] == "test"]))
    table = together_table(contents, cast(Any, SimpleNamespace(classes=("x", "y"))))
    cells = [[(cell.text, cell.detail) for cell in row] for row in table.rows]
    # x is there in two of three images; where it is, y is there in one of two. Of y one image is
    # not known; where y is there, x is there in the one image of which that is known.
    assert cells[0][1:] == [("67\u00a0%", "2 of 3"), ("1", ""), ("", ""), ("100\u00a0%", "1 of 1")]
    assert cells[1][1:] == [("67\u00a0%", "2 of 3"), ("1", ""), ("50\u00a0%", "1 of 2"), ("", "")]


def test_it_is_a_section_of_its_own() -> None:
    assert FINDINGS.anchor == "findings"
