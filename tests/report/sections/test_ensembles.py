"""Ensembles on the page: what they gain over their members, and whether they are calibrated."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pleura.averages import ENSEMBLE
from pleura.evaluate.calibration_maps import CalibrationMap
from pleura.evaluate.compare import compare
from pleura.evaluate.ensembles import averaged
from pleura.report.classification import read_classifiers
from pleura.report.folder import behind, trainings
from pleura.report.section import Words
from pleura.report.sections.ensembles import SECTION, ensemble_table, find_ensembles
from pleura.report.sections.tuning import tuning_table
from pleura.report.sections.weights import origin_table
from pleura.report.tasks import CLASSIFICATION, facts
from pleura.report.verdict import headline
from tests.report.conftest import study_of
from tests.report.made_classifiers import CARD
from tests.report.written import write_report

OF, NAME = "fine-tuning", "fine-tuning, ensemble of 3"


@pytest.fixture
def folder(make_study: Callable[..., Path]) -> Path:
    """A study with an ensemble of the three trainings of a recipe."""
    folder = make_study(fractions=(1.0,), seeds=(0, 1, 2))
    table = pd.read_csv(folder / "predictions.csv", keep_default_na=False)
    members = [mine for _, mine in table[table["recipe"] == OF].groupby("seed")]
    one = averaged([mine[mine["part"] != "validation"] for mine in members], CalibrationMap)
    together = [one.assign(recipe=NAME, seed=seed) for seed in range(3)]
    pd.concat([table, *together]).to_csv(folder / "predictions.csv", index=False)
    runs = pd.read_csv(folder / "runs.csv")
    mine = runs[runs["recipe"] == OF].assign(recipe=NAME, kind=ENSEMBLE, averaged=OF, trials="[]")
    pd.concat([runs, mine]).to_csv(folder / "runs.csv", index=False)
    return folder


def test_the_gain_is_the_paired_difference_to_its_members(folder: Path) -> None:
    study = study_of(read_classifiers(folder))
    found = find_ensembles(study)
    assert found is not None
    test = study.contents.test
    expected = compare(test[test["recipe"].isin([OF, NAME])], reference=OF, metric="log_loss")
    gain = found.gains["log_loss", NAME, 1.0]
    assert (gain.value, gain.low, gain.high) == pytest.approx(
        expected[["difference", "low", "high"]].to_numpy()[0]
    )
    assert gain.value < 0  # the mean of probabilities is never further off than their mean loss
    (row,) = ensemble_table(found, study).rows
    auroc = found.gains["auroc", NAME, 1.0].value
    single, together = (study.findings.primary(name, 1.0).value for name in (OF, NAME))
    assert [cell.order for cell in row[2:5]] == pytest.approx([single, together, auroc])
    assert auroc == pytest.approx(together - single, abs=1e-12)


def test_one_that_is_handed_over_stands_for_all_its_members(folder: Path) -> None:
    rest = [{"seed": 0}, {"seed": 2}]
    card = {key: value for key, value in CARD.items() if key != "calibration"}
    card |= {"recipe": NAME, "members": rest}
    (folder / "best").mkdir()
    (folder / "best" / "model.json").write_text(json.dumps(card))
    study = CLASSIFICATION.study(folder)
    assert study.model is not None
    assert np.isfinite(study.model.lead.value)
    assert study.model.lead == study.findings.lead(NAME, 1.0)
    # What trained it is what it averages.
    assert {
        *zip(*(behind(study.contents.runs, card)[key] for key in ("recipe", "seed")), strict=True)
    } == {
        (OF, 0),
        (OF, 1),
        (OF, 2),
    }
    origins = origin_table(study.contents.runs, study.findings).rows
    texts = {row[0].text: [cell.text for cell in row[3:]] for row in origins}
    assert texts[f"best/ ({NAME})"] == texts[OF]
    tuned = tuning_table(trainings(study.contents.runs), study.findings)
    assert f"best/ ({NAME})" not in [row[0].text for row in tuned.rows]
    assert OF in [row[0].text for row in tuned.rows]


def test_an_average_is_counted_apart_from_the_recipes(folder: Path) -> None:
    study = study_of(read_classifiers(folder))
    counted = facts(study, "metric")
    recipes = [name for name in study.findings.recipes if name != NAME]
    assert (counted["Recipes"], counted["Averages of trainings"]) == (str(len(recipes)), "1")
    assert f"{len(recipes) + 1} recipes and averages" in headline(study.findings)


def test_it_is_said_that_none_is_calibrated(folder: Path) -> None:
    page = write_report(folder).read_text(encoding="utf-8")
    section = page[page.index('id="ensembles"') :]
    section = section[: section.index("</section>")]
    assert f"Not calibrated: “{NAME}”" in section
    assert "Calibrated on patients" not in section


def test_of_numbers_nothing_is_said_of_calibration(folder: Path) -> None:
    """Numbers have no probabilities, and no log-loss."""
    study = study_of(read_classifiers(folder))
    judged = study.judged
    measures = {name: its for name, its in judged.measures.items() if name != "log_loss"}
    of_numbers = replace(study, judged=replace(judged, measures=measures))
    for its, said in ((study, ["words", "uncalibrated"]), (of_numbers, ["words"])):
        found = find_ensembles(its)
        assert found is not None
        blocks = [each.name for each in SECTION.blocks(its, found) if isinstance(each, Words)]
        assert blocks == said


def test_without_any_there_is_no_section(make_study: Callable[..., Path]) -> None:
    plain = study_of(read_classifiers(make_study(fractions=(1.0,))))
    assert find_ensembles(plain) is None
    assert "Averages of trainings" not in facts(plain, "metric")
    assert "averages" not in headline(plain.findings)
