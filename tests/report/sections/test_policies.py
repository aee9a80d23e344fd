"""Labels of test images that a policy decided are counted, and told."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pandas as pd

from pleura.report.sections.policies import policy_cautions, policy_table


def test_labels_that_a_policy_decided_are_counted_on_both_sides(tmp_path: Path) -> None:
    """Of x one of two that are there and none of one that is not; of y none at all."""
    test = pd.DataFrame(
        {
            "image": [*"abcd", *"abcd"],
            "label_x": ["1", "1", "0", "", "1", "1", "0", ""],
            "label_y": ["1", "0", "", "1", "1", "0", "", "1"],
            "logit_x": 0.0,
            "logit_y": 0.0,
        }
    )
    (tmp_path / "by_policy.csv").write_text("image,label_x,label_y\nb,1,\nother,0,1\n")
    contents = SimpleNamespace(
        test=test, classes=("x", "y"), table=lambda file: file.load(tmp_path)
    )
    table = policy_table(cast(Any, contents))
    assert table is not None
    cells = [[(cell.text, cell.detail) for cell in row] for row in table.rows]
    assert cells == [[("x", ""), ("50\u00a0%", "1 of 2"), ("0\u00a0%", "0 of 1")]]
    study = cast(Any, SimpleNamespace(recipes=SimpleNamespace(contents=contents)))
    (caution,) = policy_cautions(study, True)
    assert "of “x” (1 of 2 there, 0 of 1 not there)" in caution.text
    assert not caution.serious
    (tmp_path / "by_policy.csv").unlink()
    assert policy_table(cast(Any, contents)) is None
    assert not [*policy_cautions(study, True)]
