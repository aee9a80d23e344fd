"""Best, median and worst cases."""

from dataclasses import replace

import pandas as pd

from pleura.evaluate.contours import colour_of
from pleura.report.segmentation.folder import CasesFolder
from pleura.report.segmentation.judged import Judged
from pleura.report.segmentation.overlays import legend, read_overlays


def test_pictures_by_recipe_best_first(cases: CasesFolder, judged: Judged) -> None:
    shuffled = replace(cases, overlays=cases.overlays.sample(frac=1, random_state=0))
    found = read_overlays(shuffled, judged)
    assert [each.recipe for each in found] == list(judged.findings.looks)
    for each in found:
        assert [case.rank for case in each.shown] == ["Best", "Median", "Worst"]
        assert each.where == "with all labels, seed 0"
        best, _, worst = (float(case.dice) for case in each.shown)
        assert best > worst
    assert all(c.picture.startswith("data:image/png;base64,") for e in found for c in e.shown)


def test_dice_of_each_structure_stands_below(cases: CasesFolder, judged: Judged) -> None:
    row = cases.overlays.iloc[0].copy()
    row["image"], row["patient"] = "frames/001.png", "p00"
    table = cases.cases.copy()
    here = (table["recipe"] == row["recipe"]) & (table["image"] == row["image"])
    here &= (table["fraction"] == 1) & (table["seed"] == 0)
    table.loc[here, "dice"] = [0.912, 0.5, float("nan")]
    for area, words in ((0.0, "B-line absent"), (0.1, "B-line absent, yet drawn")):
        table.loc[here, "predicted_area"] = area
        contents = replace(cases, cases=table, overlays=pd.DataFrame([row]))
        (only,) = read_overlays(contents, judged)
        assert only.shown[0].by_structure == f"pleura .912 · A-line .500 · {words}"
        assert only.shown[0].image == "001.png"


def test_pictures_that_are_absent_or_elsewhere_are_left_out(
    cases: CasesFolder, judged: Judged
) -> None:
    overlays = cases.overlays.assign(file=["../study.yaml", "none.png"] + ["none.png"] * 7)
    assert read_overlays(replace(cases, overlays=overlays), judged) == ()
    unknown = cases.overlays.assign(rank="other")
    assert read_overlays(replace(cases, overlays=unknown), judged) == ()


def test_the_legend_numbers_structures_as_the_pictures_do() -> None:
    assert legend(["lung"]) == [("lung", colour_of(1))]
    assert legend(["rib", "shadow"]) == [("1 rib", colour_of(1)), ("2 shadow", colour_of(2))]
