"""Recipes that differ in one thing only."""

from dataclasses import replace

import pandas as pd
import pytest

from pleura.evaluate.cases import compare_cases
from pleura.evaluate.compare import holm
from pleura.report.sections.arms import Arms, arms_table, differences, find_arms, over
from pleura.report.sections.masks import arm_names
from pleura.report.segmentation import CasesFolder
from pleura.report.study import Judged

WITH = Arms("X-Unet, plain", "X-Unet", ("false", "true"))
SPARSE = Arms("X-Unet", "X-Unet, sparse", ("", "mask_sparse"))


def changed(cases: CasesFolder, recipe: str, **keys: object) -> CasesFolder:
    """The study with other keys in the section of one recipe."""
    recipes = cases.study["recipes"]
    recipes = {**recipes, recipe: {**recipes[recipe], **keys}}
    return replace(cases, study={**cases.study, "recipes": recipes})


def test_pairs_are_found_by_what_differs(cases: CasesFolder, judged: Judged) -> None:
    assert find_arms(cases, judged.findings, "augmented") == (WITH,)
    assert find_arms(cases, judged.findings, "masks") == (SPARSE,)


def test_the_reference_is_the_first_of_masks(cases: CasesFolder, judged: Judged) -> None:
    swapped = {"X-Unet": "mask_dense", "X-Unet, sparse": "a_mask"}
    masks = cases.runs["recipe"].map(swapped).fillna("")
    contents = replace(cases, runs=cases.runs.assign(masks=masks))
    contents = changed(contents, "X-Unet", masks={"column": "mask_dense"})
    found = find_arms(contents, judged.findings, "masks")
    assert found == (Arms("X-Unet", "X-Unet, sparse", ("mask_dense", "a_mask")),)


@pytest.mark.parametrize("keys", [{"weights": "random"}, {"rates": [0.1]}, {"unheard_of": 1}])
def test_recipes_that_differ_in_more_are_no_pair(
    cases: CasesFolder, judged: Judged, keys: dict[str, object]
) -> None:
    contents = changed(cases, "X-Unet", **keys)
    assert find_arms(contents, judged.findings, "augmented") == ()
    assert find_arms(contents, judged.findings, "masks") == ()


def test_other_structures_of_one_column_are_other_masks(cases: CasesFolder, judged: Judged) -> None:
    lines = {"column": "mask_sparse", "structures": {"A-line": 1}}
    contents = changed(cases, "X-Unet", masks=lines)
    masks = contents.runs["recipe"].str.startswith("X-Unet").map({True: "mask_sparse"})
    contents = replace(contents, runs=contents.runs.assign(masks=masks))
    (arms,) = find_arms(contents, judged.findings, "masks")
    assert arms.values == ("mask_sparse", "mask_sparse")
    assert arm_names(arms) == ("X-Unet", "X-Unet, sparse")


def test_without_sections_there_are_no_pairs(cases: CasesFolder, judged: Judged) -> None:
    study = {key: value for key, value in cases.study.items() if key != "recipes"}
    assert find_arms(replace(cases, study=study), judged.findings, "masks") == ()


def test_differences_are_second_minus_first(cases: CasesFolder, judged: Judged) -> None:
    found = differences(cases.test, judged.findings, [WITH], "dice", ["all", "B-line"])
    assert [(each.fraction, each.structure) for each in found] == [
        (fraction, of) for fraction in (0.25, 1.0) for of in ("all", "B-line")
    ]
    for each in found:
        first, second, difference = each.drawn
        assert difference.value == pytest.approx(second.value - first.value)
        # Augmentation was planted to help.
        assert difference.value > 0


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
    compared = [each.comparison for each in found]
    assert [each.p_holm for each in compared] == pytest.approx(holm(expected["p"].to_numpy()))
    assert [each.difference.value for each in compared] == pytest.approx(
        100 * expected["difference"]
    )
    # That sparse masks draw more outside was planted.
    assert compared[-1].difference.value > 0


def test_no_pairs_no_differences(cases: CasesFolder, judged: Judged) -> None:
    assert differences(cases.test, judged.findings, [], "dice", ["all"]) == []


def test_arms_stand_side_by_side(cases: CasesFolder, judged: Judged) -> None:
    pairs = find_arms(cases, judged.findings, "masks")
    structures = ["all", *judged.findings.classes]
    found = {
        metric: differences(cases.test, judged.findings, pairs, metric, structures)
        for metric in ("false_positive_area", "dice")
    }
    sides = arm_names(pairs[0])
    assert sides == ("the study’s masks", "mask_sparse")
    table = arms_table("", judged, sides, found, "Structure", over)
    assert len(table.rows) == 2 * len(structures)
    assert all(len(row) == len(table.columns) for row in table.rows)
    assert [row[0].text for row in table.rows[:2]] == ["all structures", "pleura"]
