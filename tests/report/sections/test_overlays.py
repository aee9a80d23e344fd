"""Best, median and worst cases."""

import re
from dataclasses import replace

import pandas as pd

from pleura.evaluate.contours import colour_of
from pleura.report.sections.overlays import OVERLAYS, legend, overlays
from pleura.report.segmentation import CasesFolder
from pleura.report.study import Judged
from tests.report.conftest import study_of


def test_pictures_by_recipe_best_first(cases: CasesFolder, judged: Judged) -> None:
    shuffled = cases.with_table(OVERLAYS, cases.table(OVERLAYS).sample(frac=1, random_state=0))
    found = overlays(study_of(shuffled, judged, model=False))
    assert [each.title for each in found] == list(judged.findings.looks)
    for each in found:
        assert each.detail == "with all labels, seed 0"
        (gallery,) = each.blocks
        said = [
            re.fullmatch(r"<b>(.*)</b>: Dice (\.\d+)( · .*)?", case.caption)
            for case in gallery.shots
        ]
        ranks, dice, _ = zip(*(it.groups() for it in said if it), strict=True)
        assert ranks == ("Best", "Median", "Worst")
        assert float(dice[0]) > float(dice[2])
        assert all(case.picture.startswith("data:image/png;base64,") for case in gallery.shots)


def test_dice_of_each_structure_stands_below(cases: CasesFolder, judged: Judged) -> None:
    row = cases.table(OVERLAYS).iloc[0].copy()
    row["image"], row["patient"] = "frames/001.png", "p00"
    table = cases.cases.copy()
    here = (table["recipe"] == row["recipe"]) & (table["image"] == row["image"])
    here &= (table["fraction"] == 1) & (table["seed"] == 0)
    table.loc[here, "dice"] = [0.912, 0.5, float("nan")]
    for area, words in ((0.0, "B-line absent"), (0.1, "B-line absent, yet drawn")):
        table.loc[here, "predicted_area"] = area
        contents = replace(cases, cases=table).with_table(OVERLAYS, pd.DataFrame([row]))
        (only,) = overlays(study_of(contents, judged, model=False))
        (case,) = only.blocks[0].shots
        assert case.lines == [f"pleura .912 · A-line .500 · {words}", "patient p00 · 001.png"]


def test_a_label_is_told_where_there_are_several(cases: CasesFolder, judged: Judged) -> None:
    shown = cases.table(OVERLAYS).assign(label="ill")
    ill = cases.cases["image"].isin(shown["image"].iloc[:1])
    mixed = cases.cases.assign(label=ill.map({True: "ill", False: "healthy"}))
    for table, told in ((mixed, True), (cases.cases.assign(label="ill"), False)):
        contents = replace(cases, cases=table).with_table(OVERLAYS, shown)
        (first, *_) = overlays(study_of(contents, judged, model=False))
        assert all(shot.caption.endswith(" · ill") == told for shot in first.blocks[0].shots)


def test_pictures_that_are_absent_or_elsewhere_are_left_out(
    cases: CasesFolder, judged: Judged
) -> None:
    changed = cases.table(OVERLAYS).assign(file=["../study.yaml", "none.png"] + ["none.png"] * 7)
    assert overlays(study_of(cases.with_table(OVERLAYS, changed), judged, model=False)) == []
    unknown = cases.table(OVERLAYS).assign(rank="other")
    assert overlays(study_of(cases.with_table(OVERLAYS, unknown), judged, model=False)) == []


def test_the_legend_numbers_structures_as_the_pictures_do() -> None:
    assert legend(["lung"]) == [("lung", colour_of(1))]
    assert legend(["rib", "shadow"]) == [("1 rib", colour_of(1)), ("2 shadow", colour_of(2))]
