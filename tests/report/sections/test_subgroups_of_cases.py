"""The section on subgroups of a segmentation."""

from dataclasses import replace

import pandas as pd
import pytest

from pleura.evaluate.cases import summarise_cases
from pleura.report.sections.subgroups.section import OF_CASES
from pleura.report.sections.subgroups.subgrouped import TABLE, find_of_cases
from pleura.report.segmentation import CasesFolder
from tests.report.conftest import cautions_of, study_of


def with_sites(cases: CasesFolder, table: pd.DataFrame) -> CasesFolder:
    """The study looked at by its source, under the name of a column `site`."""
    groups = table[["image", "patient", "source"]].drop_duplicates().rename(columns=SITE)
    return replace(cases, cases=table).with_table(TABLE, groups)


SITE = {"source": "site"}


def test_values_are_those_of_the_site_alone(cases: CasesFolder) -> None:
    study = study_of(with_sites(cases, cases.cases))
    found = find_of_cases(study)
    assert found is not None
    assert found.primary == ("dice", "all")
    east = summarise_cases(cases.test.query("source == 'East' and fraction == 1"))
    trained = [name for name in found.recipes if name in set(cases.cases["recipe"])]
    assert "X-Unet" in trained
    for recipe in trained:
        row = east.query(f"recipe == '{recipe}' and metric == 'dice' and structure == 'all'")
        its = found.values[recipe, "site", "East", "dice", "all"]
        expected = [row[name].item() for name in ("value", "low", "high")]
        assert [its.value, its.low, its.high] == pytest.approx(expected, abs=1e-9)
    assert set(found.differences["metric"]) == {"dice"}
    assert not any("is shown to do worse" in each.text for each in cautions_of(study))
    titles = [getattr(block, "title", "") for block in OF_CASES.blocks(study, found)]
    assert "By site" in titles
    assert not any("Thresholds" in title for title in titles)


def test_a_site_where_networks_fail_is_told(cases: CasesFolder) -> None:
    table = cases.cases.copy()
    table.loc[table["source"] == "West", "dice"] *= 0.5
    told = [each.text for each in cautions_of(study_of(with_sites(cases, table)))]
    (best, *_) = [text for text in told if "is shown to do worse for site West" in text]
    assert "than for site East: Dice" in best
