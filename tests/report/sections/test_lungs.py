"""Whether recipes look at the lungs, in the report."""

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pleura.evaluate.attention import ATTENTION, METHODS
from pleura.evaluate.hidden_lungs import CAUSAL, LOST
from pleura.report.classification import ClassifierFolder, read_classifiers
from pleura.report.figures.canvas import house_style
from pleura.report.findings import Comparison, Estimate, Findings
from pleura.report.numbers import decimal, interval
from pleura.report.page import write_report
from pleura.report.section import Group
from pleura.report.sections.lungs.found import (
    ALL,
    MACRO,
    SURE,
    Hidden,
    LungFindings,
    find_lungs,
    lung_cautions,
    lung_facts,
    verdict,
)
from pleura.report.sections.lungs.section import SECTION, find_with_the_model, lung_figure
from pleura.report.sections.lungs.tables import attention_table, class_table, hidden_table
from pleura.report.table import Table
from pleura.tables import ELSEWHERE, LOGIT, LUNGS, NO_LUNGS
from tests.report.conftest import doubts_of_model, find, study_of
from tests.report.made_classifiers import CLASSES, write_study

MakeStudy = Callable[..., Path]
SKILLS = {"honest": 3.0, "cheat": 3.0, "weak": 0.0}
KEPT = {  # share of the logits that is left of what is shown, the rest is noise
    "honest": {NO_LUNGS: 0.0, ELSEWHERE: 1.0, LUNGS: 1.0},
    "cheat": {NO_LUNGS: 1.0, ELSEWHERE: 0.0, LUNGS: 0.0},
    "weak": {NO_LUNGS: 1.0, ELSEWHERE: 1.0, LUNGS: 1.0},
}
INSIDE = {"honest": 0.6, "cheat": 0.1, "weak": 0.3}
AREA = 0.3


def hide_lungs(folder: Path, doubtful: float) -> None:
    """Add predictions with lungs hidden and heat maps; of the first patients, all but the last
    twentieth, lungs are known, and of a share their masks are doubtful."""
    generator = np.random.default_rng(4)
    table = pd.read_csv(folder / "predictions.csv")
    number = table["patient"].str[1:].astype(int)
    known = table[number < 0.95 * (number.max() + 1)]
    logits = [f"{LOGIT}{name}" for name in CLASSES]
    parts = []
    for part in (NO_LUNGS, ELSEWHERE, LUNGS):
        kept = known["recipe"].map({recipe: of[part] for recipe, of in KEPT.items()})
        noise = generator.normal(size=(len(known), len(logits)))
        values = known[logits].mul(kept, axis=0) + noise * (1 - kept.to_numpy()[:, None])
        parts.append(known.assign(part=part, **{name: values[name] for name in logits}))
    pd.concat([table, *parts]).to_csv(folder / "predictions.csv", index=False)
    maps = pd.concat([known.assign(method=method) for method in METHODS])
    inside = maps["recipe"].map(INSIDE) + generator.normal(0, 0.05, len(maps))
    maps = maps.assign(
        predicted=maps["label"],
        cut="block3",
        grid=np.where(maps["method"] == METHODS[0], 14, 3),
        inside=inside.clip(0, 1).where(np.arange(len(maps)) > 0),
        area=AREA,
        pointing=(inside > generator.random(len(maps))).astype(float),
        doubtful=maps["patient"].str[1:].astype(int) < doubtful * 100,
        overlap=0.12,
    )
    maps[list(ATTENTION)].to_csv(folder / "attention.csv", index=False)


def picture(folder: Path, recipe: str, file: str = "attention_0.svg") -> None:
    """One picture of a recipe, with its table."""
    (folder / "panels").mkdir(exist_ok=True)
    (folder / "panels" / file).write_text('<svg xmlns="http://www.w3.org/2000/svg"></svg>')
    row: dict[str, object] = {
        "recipe": recipe,
        "file": file,
        "image": "/data/a.png",
        "patient": "NA",
    }
    row |= {"label": "VIRUS", "predicted": "NORMAL", "probability": 0.9, "hit": False}
    row |= {"inside": 0.41, "area": 0.3, "overlap": 0.1, "doubtful": True}
    table = pd.DataFrame([row])
    table.to_csv(folder / "panels" / "attention_panels.csv", index=False)


def found(folder: Path) -> tuple[ClassifierFolder, Findings, LungFindings]:
    contents = read_classifiers(folder)
    findings = find(contents)
    lungs = find_lungs(contents, findings)
    assert lungs
    return contents, findings, lungs


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Lungs of 95 of 100 patients are known, masks of 10 doubtful; only to be read."""
    path = write_study(
        tmp_path_factory.mktemp("lungs") / "lungs",
        SKILLS,
        fractions=(1.0,),
        seeds=(0, 1),
        patients=100,
        reference="honest",
        data={"manifest": "labels.csv", "size": 96, "lungs": {"masker": "lungs/best"}},
    )
    hide_lungs(path, 0.1)
    return path


@pytest.fixture(scope="module")
def all_found(folder: Path) -> tuple[ClassifierFolder, Findings, LungFindings]:
    return found(folder)


Found = tuple[ClassifierFolder, Findings, LungFindings]


def test_the_cheat_is_caught_though_its_auroc_is_fine(all_found: Found) -> None:
    _, findings, lungs = all_found
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


def test_what_is_not_shown_is_a_lesser_caution(all_found: Found) -> None:
    _, findings, lungs = all_found
    auroc = {
        ("honest", MACRO, "whole"): Estimate(0.9, 0.85, 0.95),
        ("honest", MACRO, CAUSAL): Estimate(0.02, -0.2, 0.24),
    }
    hidden = {ALL: Hidden(auroc, dict[str, Comparison](), "")}
    few = LungFindings(hidden, lungs.means, lungs.compared, {}, 190, 100, 2, 0.1)
    unclear, doubtful = lung_cautions(few, findings)
    assert not unclear.serious
    assert unclear.text.endswith("same shape elsewhere, for “honest”.")
    assert "Most lung masks are doubtful (100 of 190 test images)" in doubtful.text


def test_heat_maps_against_the_share_of_the_area(all_found: Found) -> None:
    _, findings, lungs = all_found
    table = attention_table(lungs, findings, ALL)
    assert table
    assert len(table.rows) == 2 * len(SKILLS)
    rows = {(row[0].text, row[1].text): row for row in table.rows}
    cheat, honest = (rows[recipe, METHODS[0]] for recipe in ("cheat", "honest"))
    assert cheat[1].detail == "14 × 14"
    assert cheat[4].text.startswith("−.2")
    assert honest[4].text.startswith("+.3")
    assert (honest[3].text, honest[5].text) == (".300", "–")
    assert cheat[5].text.startswith("−.5")
    assert sum(int(row[-1].text) for row in table.rows) == 1
    assert {len(row) for row in table.rows} == {len(table.columns)}


def test_doubtful_masks_are_left_out_of_further_tables(all_found: Found) -> None:
    contents, findings, lungs = all_found
    assert lungs.masks == (ALL, SURE)
    assert (lungs.known, lungs.doubtful) == (190, 20)
    study = study_of(contents, findings)
    blocks = list(SECTION.blocks(study, lungs))
    assert [each.title for each in blocks if isinstance(each, Table)] == [
        "AUROC with and without the lungs",
        "AUROC with and without the lungs; doubtful masks left out",
        "AUROC with and without the lungs, by class",
        "Heat maps in the lungs",
        "Heat maps in the lungs; doubtful masks left out",
    ]
    assert not [each for each in blocks if isinstance(each, Group)]
    by_class = class_table(lungs, findings)
    assert by_class
    assert len(by_class.rows) == len(SKILLS) * len(CLASSES)


def test_what_the_masks_are(all_found: Found) -> None:
    contents, findings, lungs = all_found
    facts = " ".join(lung_facts(lungs, contents, findings)).replace("\u00a0", " ")
    assert "known of 190 of 200 test images" in facts
    assert "fail more often where disease is" in facts
    assert "20 masks of them look doubtful" in facts
    assert "covers 12 % of them" in facts
    assert "One seed" not in facts
    facts = " ".join(lung_facts(replace(lungs, seeds=1), contents, findings))
    assert "One seed: training variation is not in the intervals" in facts


def test_the_figure_has_an_interval_a_recipe_and_method(all_found: Found) -> None:
    _, findings, lungs = all_found
    with house_style():
        figure = lung_figure(lungs, findings)
    assert figure
    left, right = figure.axes
    assert [label.get_text() for label in left.get_yticklabels()] == list(findings.looks)
    separators = 1 + len(SKILLS) - 1  # zero, and between rows
    assert len(left.lines) == 2 * len(SKILLS) + separators
    assert len(right.lines) == 4 * len(SKILLS) + separators


def test_on_the_page(folder: Path) -> None:
    picture(folder, "cheat")
    page = write_report(folder).read_text(encoding="utf-8")
    assert 'href="#lungs"' in page
    assert "Does it look at the lungs?" in page
    assert "Where heat maps lie" in page
    assert page.count("data:image/svg+xml;base64,") == 1
    assert ".410 of the map in the lungs, .300 of the area; the mask is doubtful" in page
    assert "/data/a.png" not in page
    assert page.index("The answer hardly needs the lungs") < page.index('id="results"')


def test_a_class_without_lungs_is_told(make_study: MakeStudy) -> None:
    path = make_study({"honest": 2.0, "cheat": 2.0}, fractions=(1.0,), reference="honest")
    hide_lungs(path, 0.0)
    table = pd.read_csv(path / "predictions.csv")
    hidden = table["part"] != "test"
    table[~hidden | (table["label"] == "VIRUS")].to_csv(path / "predictions.csv", index=False)
    contents, findings, lungs = found(path)
    assert "There is no AUROC with the lungs hidden" in lung_facts(lungs, contents, findings)[-1]
    assert hidden_table(lungs, findings, ALL) is None
    assert lungs.masks == (ALL,)
    assert attention_table(lungs, findings, ALL) is not None


def test_without_lungs_there_is_no_section(contents: ClassifierFolder, findings: Findings) -> None:
    assert find_lungs(contents, findings) is None


def test_the_model_handed_over_has_rows_and_its_own_caution(all_found: Found) -> None:
    contents, findings, lungs = all_found
    card = {"recipe": "cheat", "seed": 1, "fold": 0, "fraction": 1.0, "validation_auroc": 0.9}
    contents = replace(contents, best=card)
    study = study_of(contents, findings)
    assert study.model is not None
    name, shown = study.model.name, study.findings
    looked = find_with_the_model(study)
    assert looked is not None
    assert looked.compared.equals(lungs.compared)
    assert looked.hidden[ALL].against == lungs.hidden[ALL].against
    for table in (hidden_table(looked, shown, ALL), attention_table(looked, shown, ALL)):
        assert table is not None
        assert table.rows[-1][0].text == name
        assert table.rows[-1][0].detail == "handed over: seed 1"
    one = contents.predictions["seed"] == 1
    alone = find_lungs(replace(contents, predictions=contents.predictions[one]), findings)
    assert alone is not None
    mine, same = (
        who.hidden[ALL].of(recipe, CAUSAL) for who, recipe in ((looked, name), (alone, "cheat"))
    )
    assert (mine.value, mine.low, mine.high) == pytest.approx(
        (same.value, same.low, same.high), abs=1e-12
    )
    told = [text for text in doubts_of_model(study) if "lungs" in text]
    assert len(told) == 1
    assert "hardly needs the lungs" in told[0]
    assert f"for “{name}”" in told[0]
