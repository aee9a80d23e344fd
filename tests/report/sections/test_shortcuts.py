"""The section on where the answer comes from: frame and source."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pleura.data.shortcut_settings import LungCrop
from pleura.evaluate.regions import LOST
from pleura.evaluate.sources import ACROSS, FALL, WITHIN
from pleura.report.classification import read_classifiers
from pleura.report.figures.canvas import house_style
from pleura.report.findings import Estimate, Findings
from pleura.report.nouns import FINDING
from pleura.report.prose import say
from pleura.report.sections.shortcuts import (
    SHOWN,
    Shortcuts,
    find_shortcuts,
    pairs_told,
    region_figure,
    region_table,
    source_table,
    warnings,
    warnings_of_model,
)
from pleura.tables import CENTRE, FRAME, LOGIT
from tests.report.conftest import find
from tests.report.made_classifiers import predictions_table
from tests.report.written import write_report

MakeStudy = Callable[..., Path]
CLASSES = ("healthy", "ill")
SKILLS = {  # of what is shown, by recipe
    "test": {"honest": 2.0, "cheat": 2.0},
    CENTRE: {"honest": 1.8, "cheat": 0.1},
    FRAME: {"honest": 0.0, "cheat": 1.9},
}


def study_with_parts(make_study: MakeStudy) -> Path:
    """Test images whole and in two parts; the frame is all that "cheat" knows."""
    folder = make_study(SKILLS["test"], fractions=(1.0,), classes=CLASSES, reference="honest")
    tables = [
        predictions_table(skills, (1.0,), (0, 1, 2), CLASSES, 120).assign(part=part)
        for part, skills in SKILLS.items()
    ]
    pd.concat(tables).to_csv(folder / "predictions.csv", index=False)
    return folder


def study_with_sources(make_study: MakeStudy, often: float) -> Path:
    """A recipe that tells two sources apart and nothing else; `often` is the share of the ill that
    come from the second source, and of the healthy from the first."""
    folder = make_study({"teller": 0.0}, fractions=(1.0,), classes=CLASSES, reference="teller")
    table = pd.read_csv(folder / "predictions.csv")
    number = table["patient"].str[1:].astype(int) // 2
    usual = number % 20 < round(20 * often)
    table["source"] = np.where(usual == (table["label"] == "ill"), "B", "A")
    table[f"{LOGIT}ill"] += 4.0 * (table["source"] == "B")
    table.to_csv(folder / "predictions.csv", index=False)
    return folder


def found_in(folder: Path) -> tuple[Shortcuts, Findings]:
    contents = read_classifiers(folder)
    findings = find(contents)
    return find_shortcuts(contents.predictions, findings), findings


def test_a_model_that_learned_the_frame_is_named_and_the_honest_one_is_not(
    make_study: MakeStudy,
) -> None:
    shortcuts, findings = found_in(study_with_parts(make_study))
    (caution,) = warnings(shortcuts, findings)
    assert caution.serious
    warning = caution.text
    assert "The outer 15 % along every edge tells the classes apart as much as the rest" in warning
    assert ": cheat (." in warning
    assert "honest" not in warning
    table = region_table(shortcuts, findings)
    assert table is not None
    assert [row[0].text for row in table.rows] == list(findings.looks)
    with house_style():
        figure = region_figure(shortcuts, findings)
    assert figure is not None
    drawn = {float(x) for line in figure.axes[0].lines for x in np.atleast_1d(line.get_xdata())}
    shown = {shortcuts.regions["cheat", "macro", part].value for part in SHOWN}
    assert len(shown) == 3
    assert shown <= drawn


def test_a_model_that_is_not_shown_to_tell_anything_without_its_frame(findings: Findings) -> None:
    name = next(iter(findings.looks))
    ends = {"whole": (0.942, 0.88, 0.98), "centre": (0.498, 0.311, 0.685)}
    ends |= {"frame": (0.724, 0.476, 0.884), LOST: (0.444, 0.236, 0.653)}

    def told(**other: tuple[float, float, float]) -> list[str]:
        every = {part: Estimate(*of) for part, of in (ends | other).items()}
        found = Shortcuts(regions={(name, "macro", part): of for part, of in every.items()})
        assert len([*warnings(found, findings)]) == ("frame" in other)
        return [it.text.replace("\xa0", " ") for it in warnings_of_model(found, findings)]

    (text,) = told()
    assert f"edge, {name} is not shown to be better than guessing (AUROC .498, .311 to" in text
    assert "is open: from them alone .724, .476 to .884" in text
    (text,) = told(frame=(0.724, 0.52, 0.884))
    assert "as much as the rest" in text
    assert told(centre=(0.7, 0.6, 0.8)) == []


def test_a_model_that_tells_sources_apart_is_named(make_study: MakeStudy) -> None:
    shortcuts, findings = found_in(study_with_sources(make_study, 0.9))
    (caution,) = warnings(shortcuts, findings)
    assert caution.serious
    warning = caution.text
    assert "AUROC is lower within sources than across them: teller (.8" in warning
    table = source_table(shortcuts, findings)
    assert table is not None
    assert len(table.rows) == 1
    assert pairs_told(shortcuts) == "healthy and ill (A, B)"
    of_findings = replace(shortcuts, pairs={("effusion", "no effusion"): ("A", "B")})
    assert pairs_told(of_findings, FINDING) == "effusion (A, B)"


def test_sources_that_are_the_classes_are_told(make_study: MakeStudy) -> None:
    shortcuts, findings = found_in(study_with_sources(make_study, 1.0))
    (caution,) = warnings(shortcuts, findings)
    assert caution.serious
    warning = caution.text
    assert "Every source holds test images of one class only" in warning
    assert source_table(shortcuts, findings) is None


def test_one_source_for_all_that_counts_is_one_column(findings: Findings) -> None:
    alike = {
        (recipe, shown): Estimate(*ends)
        for recipe in findings.looks
        for shown, ends in (
            (ACROSS, (0.8, 0.7, 0.9)),
            (WITHIN, (0.8, 0.7, 0.9)),
            (FALL, (0.0, -0.706, 0.706)),
        )
    }
    table = source_table(Shortcuts(sources=alike), findings)
    assert table is not None
    assert [column.title for column in table.columns] == ["Recipe", "Within sources"]
    assert table.rows[0][1].text == ".800"
    assert not any("706" in cell.detail for row in table.rows for cell in row)


def test_an_interval_that_says_nothing_is_not_printed(findings: Findings) -> None:
    ends = {
        (recipe, shown): Estimate(*found)
        for recipe in findings.looks
        for shown, found in (
            (ACROSS, (0.8, 0.7, 0.9)),
            (WITHIN, (0.6, 0.1, 0.95)),
            (FALL, (0.2, -0.5, 0.9)),
        )
    }
    table = source_table(Shortcuts(sources=ends), findings)
    assert table is not None
    assert [cell.text for cell in table.rows[0][1:]] == [".800", "–", "–"]
    assert table.rows[0][2].detail == "interval too wide"


def test_of_many_recipes_a_warning_names_two(findings: Findings) -> None:
    fallen = {
        (recipe, shown): Estimate(value, value - 0.01, value + 0.01)
        for recipe in findings.looks
        for shown, value in ((ACROSS, 0.9), (WITHIN, 0.6), (FALL, 0.3))
    }
    (caution,) = warnings(Shortcuts(sources=fallen), findings)
    warning = caution.text
    first, second, third, *_ = findings.looks
    assert f"{first} (.900 across, .600 within); {second} (" in warning
    assert third not in warning
    assert f"and {len(findings.looks) - 2} more." in warning


def test_the_page_shows_what_is_there_and_nothing_else(make_study: MakeStudy) -> None:
    page = write_report(study_with_parts(make_study)).read_text(encoding="utf-8")
    assert "Where the answer comes from" in page
    assert "Frame hidden" in page
    assert "AUROC across and within sources" not in page


def test_tables_without_parts_and_sources_get_no_section(make_study: MakeStudy) -> None:
    folder = make_study({"scratch": 1.0}, fractions=(1.0,))
    assert "Where the answer comes from" not in write_report(folder).read_text(encoding="utf-8")


@pytest.mark.parametrize(("margin", "lung"), [(0.05, True), (0.4, False)])
def test_the_frame_of_cropped_images_is_not_that_of_whole_ones(
    make_study: MakeStudy, margin: float, lung: bool
) -> None:
    """Nothing is told of side markers, and with a narrow margin the frame is lung."""
    contents = read_classifiers(study_with_parts(make_study))
    findings = find(contents)
    assert next(iter(warnings(find_shortcuts(contents.predictions, findings), findings))).serious
    cropped = find_shortcuts(contents.predictions, findings, LungCrop(margin))
    (caution,) = warnings(cropped, findings)
    assert caution.serious != lung
    assert "Side markers" not in caution.text
    assert ("the outer part of the lungs lies there" in caution.text) == lung
    words = say("shortcuts", "regions", evaluated=cropped, largest="all labels")
    assert "Side markers" not in words
    assert ("the outer part of the lungs" in words) == lung
