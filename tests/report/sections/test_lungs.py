"""Whether recipes look at the lungs, in the report."""

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from pleura.evaluate.hidden_lungs import CAUSAL, LOST
from pleura.report.classification import ClassifierFolder
from pleura.report.findings import MACRO, Estimate, Findings
from pleura.report.numbers import decimal, interval
from pleura.report.sections.lungs.dependence import (
    ALL,
    Hidden,
    find_lungs,
    lung_cautions,
    lung_facts,
    verdict,
)
from pleura.report.sections.lungs.section import SECTION
from pleura.report.sections.lungs.tables import attention_table, hidden_table
from tests.report.conftest import doubts_of_model, study_of
from tests.report.sections.hidden_lungs import Found, hide_lungs, looked

MakeStudy = Callable[..., Path]


def test_the_cheat_is_caught_though_its_auroc_is_fine(lungs_found: Found) -> None:
    _, findings, lungs = lungs_found
    (caution,) = lung_cautions(lungs, findings)
    assert caution.serious
    assert caution.text.startswith("The answer hardly needs the lungs")
    cost = lungs.hidden[ALL].of("cheat", CAUSAL)
    whole = lungs.hidden[ALL].of("cheat", "whole").value
    numbers = f"{decimal(cost.value)} ({interval(cost.low, cost.high)}) of {decimal(whole - 0.5)}"
    assert f"{numbers} above guessing for “cheat”." in caution.text
    assert "honest" not in caution.text
    assert "pixels" not in caution.text
    table = hidden_table(lungs, findings, ALL)
    assert table
    told = {row[0].text: (row[-1].text, row[-1].tone) for row in table.rows}
    assert told == {
        "honest": ("Needs the lungs", "good"),
        "cheat": ("Hardly needs the lungs", "bad"),
        "weak": ("Not shown to beat guessing", ""),
    }
    against = {row[0].text: row[-2] for row in table.rows}
    assert against["honest"].text == "–"
    assert against["cheat"].order is not None
    assert against["cheat"].order < -0.3
    assert "; p ." in against["cheat"].detail
    assert len(table.rows[0]) == len(table.columns)


@pytest.mark.parametrize(
    ("low", "cost", "lost", "expected"),
    [  # of .4 above guessing
        (0.85, (0.1, 0.3), 0.3, ("needs the lungs", "good")),
        (0.85, (0.01, 0.19), 0.19, ("needs the lungs in part", "")),
        (0.85, (-0.04, 0.07), 0.07, ("hardly needs the lungs", "bad")),
        (0.85, (-0.3, -0.1), 0.07, ("hardly needs the lungs", "bad")),
        (0.85, (-0.3, 0.21), 0.07, ("not shown to need the lungs", "")),  # too few images to tell
        (0.85, (-0.04, 0.07), 0.45, ("not shown to need the lungs", "")),  # any hole upsets it
        (0.49, (-0.04, 0.07), 0.07, ("not shown to beat guessing", "")),
        (0.85, (math.nan, math.nan), math.nan, ("not shown to need the lungs", "")),
    ],
)
def test_verdicts(
    low: float, cost: tuple[float, float], lost: float, expected: tuple[str, str]
) -> None:
    auroc = {
        ("a", MACRO, "whole"): Estimate(0.9, low, 0.95),
        ("a", MACRO, CAUSAL): Estimate(sum(cost) / 2, *cost),
        ("a", MACRO, LOST): Estimate(lost - 0.05, lost - 0.1, lost),
    }
    assert verdict(Hidden(auroc, {}, ""), "a") == expected


def test_what_is_not_shown_is_a_lesser_caution(lungs_found: Found) -> None:
    _, findings, lungs = lungs_found
    auroc = {
        ("honest", MACRO, "whole"): Estimate(0.9, 0.85, 0.95),
        ("honest", MACRO, CAUSAL): Estimate(0.02, -0.2, 0.24),
    }
    hidden = {ALL: Hidden(auroc, {}, "")}
    few = replace(lungs, hidden=hidden, doubtful=100)
    unclear, doubtful = lung_cautions(few, findings)
    assert not unclear.serious
    assert unclear.text.endswith("same shape elsewhere, for “honest”.")
    assert "Most lung masks are doubtful (100 of 190 test images)" in doubtful.text


def test_what_the_masks_are(lungs_found: Found) -> None:
    contents, findings, lungs = lungs_found
    facts = " ".join(lung_facts(lungs, contents, findings)).replace("\u00a0", " ")
    assert "known of 190 of 200 test images" in facts
    assert "fail more often where disease is" in facts
    assert "20 masks of them look doubtful" in facts
    assert "covers 12 % of them" in facts
    assert "One seed" not in facts
    facts = " ".join(lung_facts(replace(lungs, seeds=1), contents, findings))
    assert "One seed: training variation is not in the intervals" in facts


def test_a_class_without_lungs_is_told(make_study: MakeStudy) -> None:
    path = make_study({"honest": 2.0, "cheat": 2.0}, fractions=(1.0,), reference="honest")
    hide_lungs(path, 0.0)
    table = pd.read_csv(path / "predictions.csv")
    hidden = table["part"] != "test"
    table[~hidden | (table["label"] == "VIRUS")].to_csv(path / "predictions.csv", index=False)
    contents, findings, lungs = looked(path)
    assert "There is no AUROC with the lungs hidden" in lung_facts(lungs, contents, findings)[-1]
    assert hidden_table(lungs, findings, ALL) is None
    assert [*lungs.hidden] == [ALL]
    assert attention_table(lungs, findings, ALL) is not None


def test_without_lungs_there_is_no_section(contents: ClassifierFolder, findings: Findings) -> None:
    assert find_lungs(contents, findings) is None


def test_the_model_handed_over_has_rows_and_its_own_caution(lungs_found: Found) -> None:
    contents, findings, lungs = lungs_found
    card = {"recipe": "cheat", "seed": 1, "fold": 0, "fraction": 1.0, "validation_auroc": 0.9}
    contents = replace(contents, best=card)
    study = study_of(contents, findings)
    assert study.model is not None
    name, shown = study.model.name, study.findings
    both = SECTION.find(study)
    assert both is not None
    assert repr(both.compared) == repr(lungs.compared)  # where nothing varies, limits are nan
    assert repr(both.hidden[ALL].against) == repr(lungs.hidden[ALL].against)
    for table in (hidden_table(both, shown, ALL), attention_table(both, shown, ALL)):
        assert table is not None
        assert table.rows[-1][0].text == name
        assert table.rows[-1][0].detail == "handed over: seed 1"
    one = contents.predictions["seed"] == 1
    alone = find_lungs(replace(contents, predictions=contents.predictions[one]), findings)
    assert alone is not None
    mine, same = (
        who.hidden[ALL].of(recipe, CAUSAL) for who, recipe in ((both, name), (alone, "cheat"))
    )
    assert (mine.value, mine.low, mine.high) == pytest.approx(
        (same.value, same.low, same.high), abs=1e-12
    )
    told = [text for text in doubts_of_model(study) if "lungs" in text]
    assert len(told) == 1
    assert "hardly needs the lungs" in told[0]
    assert f"for “{name}”" in told[0]
