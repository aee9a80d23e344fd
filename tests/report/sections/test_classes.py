"""The metrics of each class, and how often findings are there, alone and together."""

from types import SimpleNamespace
from typing import Any, cast

import pandas as pd
from scipy.special import logit

from pleura.report.findings import Findings
from pleura.report.sections.classes import FINDINGS, class_table, threshold_table, together_table


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
    assert all(table.is_number(at) for at in range(1, 5))


def test_it_is_a_section_of_its_own() -> None:
    assert FINDINGS.anchor == "findings"


def test_thresholds_are_those_that_validation_chose_or_a_half() -> None:
    """Two trainings of “one” chose between .2 and .4 and between .3 and .5; none of “both”."""
    rows = []
    for recipe, seed, low, high in (("one", 0, 0.2, 0.4), ("one", 1, 0.3, 0.5), ("both", 0, 0, 0)):
        run = {"recipe": recipe, "seed": seed, "fold": 0, "fraction": 1.0}
        rows.append({**run, "part": "test", "label_x": "1", "logit_x": 0.0})
        for label, probability in (("0", low), ("1", high)) if high else ():
            validates = {"part": "validation", "label_x": label, "logit_x": logit(probability)}
            rows.append({**run, **validates})
    contents = cast(Any, SimpleNamespace(predictions=pd.DataFrame(rows)))
    look = SimpleNamespace(handed_over=False)
    findings = SimpleNamespace(
        classes=("x",),
        reference="one",
        looks={"one": look, "both": look},
        by_recipe=lambda table: (
            (name, table[table["recipe"] == name]) for name in ("one", "both")
        ),
    )
    table = threshold_table(contents, cast(Any, findings), 1.0)
    cells = [[(cell.text, cell.detail) for cell in row[1:]] for row in table.rows]
    one, both = cells
    assert one[0] == ("2", "")
    assert one[1][0] == ".350"
    assert one[1][1].replace("\N{NO-BREAK SPACE}", " ") == ".300 to .400"
    assert both == [("0", "nobody chose: .5"), (".500", "")]
