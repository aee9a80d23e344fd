"""Recipes that differ in one thing only."""

import pandas as pd
import pytest

from pleura.evaluate.cases import compare_cases
from pleura.evaluate.compare import holm
from pleura.report.segmentation.arms import Arms, differences, find_arms
from pleura.report.segmentation.folder import CasesFolder
from pleura.report.segmentation.judged import Judged

WITH = Arms("X-Unet, plain", "X-Unet", ("false", "true"))
SPARSE = Arms("X-Unet", "X-Unet, sparse", ("", "mask_sparse"))


def test_pairs_are_found_by_what_differs(cases: CasesFolder, judged: Judged) -> None:
    assert find_arms(cases.runs, judged.findings, "augmented") == (WITH,)
    assert find_arms(cases.runs, judged.findings, "masks") == (SPARSE,)


def test_the_reference_is_the_first_of_masks(cases: CasesFolder, judged: Judged) -> None:
    runs = cases.runs.copy()
    swapped = {"X-Unet": "mask_dense", "X-Unet, sparse": "a_mask"}
    runs["masks"] = runs["recipe"].map(swapped).fillna("")
    found = find_arms(runs, judged.findings, "masks")
    assert found == (Arms("X-Unet", "X-Unet, sparse", ("mask_dense", "a_mask")),)


def test_recipes_that_differ_in_more_are_no_pair(cases: CasesFolder, judged: Judged) -> None:
    runs = cases.runs.copy()
    runs.loc[runs["recipe"] == "X-Unet", "weights"] = "random"
    assert find_arms(runs, judged.findings, "augmented") == ()
    assert find_arms(runs, judged.findings, "masks") == ()


def test_differences_are_second_minus_first(cases: CasesFolder, judged: Judged) -> None:
    found = differences(cases.test, judged.findings, [WITH], "dice", ["all", "B-line"])
    assert [(each.fraction, each.structure) for each in found] == [
        (fraction, of) for fraction in (0.25, 1.0) for of in ("all", "B-line")
    ]
    for each in found:
        assert each.difference.value == pytest.approx(each.second.value - each.first.value)
        # Augmentation was planted to help.
        assert each.difference.value > 0


def test_holm_goes_over_all_rows_and_areas_are_per_cent(cases: CasesFolder, judged: Judged) -> None:
    found = differences(
        cases.test, judged.findings, [WITH, SPARSE], "false_positive_area", ["pleura"]
    )
    tables = []
    for arms in (WITH, SPARSE):
        both = cases.test[cases.test["recipe"].isin([arms.first, arms.second])]
        table = compare_cases(both, reference=arms.first, metric="false_positive_area")
        tables.append(table[table["structure"] == "pleura"])
    expected = pd.concat(tables)
    assert [each.p_holm for each in found] == pytest.approx(holm(expected["p"].to_numpy()))
    assert [each.difference.value for each in found] == pytest.approx(100 * expected["difference"])
    # That sparse masks draw more outside was planted.
    assert found[-1].difference.value > 0


def test_no_pairs_no_differences(cases: CasesFolder, judged: Judged) -> None:
    assert differences(cases.test, judged.findings, [], "dice", ["all"]) == []
