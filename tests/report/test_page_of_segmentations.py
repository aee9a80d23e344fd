"""The whole report on a study of segmentations."""

import re
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pytest

from pleura.report.segmentation import CasesFolder
from tests.report.made_up import Made
from tests.report.sections.test_earlier import steps_file
from tests.report.test_page import Page
from tests.report.written import write_report

MakeCases = Callable[..., Path]

pytestmark = pytest.mark.usefixtures("drawn_figures")


@pytest.fixture(scope="module")
def page(cases: CasesFolder) -> Page:
    return Page(write_report(cases.path))


def test_it_stands_alone(page: Page) -> None:
    assert all(link.startswith(("#", "data:image/png;base64,")) for link in page.links)
    assert len(page.ids) == len(set(page.ids))
    inner = {link.removeprefix("#") for link in page.links if link.startswith("#")}
    inner |= set(re.findall(r"url\(#([^)]+)\)", page.html))
    assert inner <= set(page.ids)


def test_order_of_contents(page: Page) -> None:
    order = [
        *("Which U-Net finds", "difference", "Before believing it", "Primary measure", "Recipes"),
        *("Forest plot", "on every measure", "Each structure, case by case"),
        *("Dice against data size", "With and without augmentation", "Trained on different masks"),
        *("Best, median and worst cases", "By source", "Learning curves", "Patients and images"),
        *("Where the weights come from", "Tuning and test evaluations", "Reproduce it"),
        *("task: segmentation", "How to read it", "Absent structures", "Holm", "Seed"),
    ]
    body = page.text[page.text.index("pleura · study report") :]
    nav = body.index("How to read it")
    found = 0
    for words in order[:4]:
        found = body.index(words, found)
    for words in order[4:]:
        found = nav = body.index(words, nav)
    text = page.text.replace("\u00a0", " ")
    assert "chosen on validation (Dice .870 on" in text
    assert "raised the best validation Dice by less than .005" in text
    assert "Values were chosen by Dice on the validation part." in text
    assert "AUROC" not in page.text
    weights = text[text.rindex("Where the weights come from") : text.rindex("Tuning and test")]
    assert "What trains" in weights
    assert "Network" in weights
    assert "everything" in weights
    assert "Strategy" not in weights
    assert "Backbone" not in weights


def test_tables_and_figures_are_files_too(cases: CasesFolder, page: Page) -> None:
    summary = pd.read_csv(cases.path / "summary.csv")
    assert {"metric", "structure", "value", "low", "high"} <= set(summary)
    comparisons = pd.read_csv(cases.path / "comparisons.csv")
    assert set(comparisons["metric"]) == set(summary["metric"])
    drawn = {path.name for path in (cases.path / "figures").iterdir()}
    assert {f"{name}_0.svg" for name in ("forests", "boxes", "augmentation", "masks")} <= drawn
    for path in (cases.path / "figures").iterdir():
        assert ElementTree.parse(path).getroot().tag.endswith("svg")


def test_one_recipe_one_structure_one_size(make_cases: MakeCases) -> None:
    folder = make_cases(recipes={"only": Made(3.0)}, seeds=(0,), structures=("lung",), unit="px")
    page = Page(write_report(folder))
    top = page.text[: page.text.index("Before believing it")].replace("\u00a0", " ")
    assert "only reaches Dice ." in top
    assert "there is no other recipe to compare it with" in top
    assert "Values are means over test images" in top
    assert "Case by case" in page.text
    for absent in ("With and without augmentation", "Trained on different masks", "on every me"):
        assert absent not in page.text
    assert "95 %, pixels" in page.text
    assert pd.read_csv(folder / "comparisons.csv").empty


def test_what_was_learned_before_is_told(make_cases: MakeCases) -> None:
    folder = make_cases(recipes={"only": Made(3.0)}, seeds=(0,), structures=("lung",))
    steps_file(folder)
    page = Page(write_report(folder))
    assert "#earlier" in page.links
    assert page.text.index("Steps before the recipes") > page.text.index("Patients and images")
    assert "not converged for the earlier step “sparse”" in page.text


def test_augmentation_at_a_single_size(make_cases: MakeCases) -> None:
    page = Page(write_report(make_cases()))
    assert "Paired difference" in page.text
    assert "Dice against data size" not in page.text


def test_everything_from_the_user_is_escaped(make_cases: MakeCases) -> None:
    evil = "<script>alert(1)</script>\"' & $x^{2}$"
    recipes = {"a": Made(1.0), evil: Made(2.0, augmented=False)}
    folder = make_cases(recipes=recipes, structures=("<b>bold</b>", "{{ 7 * 7 }}"), question=evil)
    page = Page(write_report(folder))
    assert page.tags.count("script") == 1
    assert "bold</b>" in page.text
    assert "{{ 7 * 7 }}" in page.text


def test_equal_inputs_give_equal_bytes(make_cases: MakeCases) -> None:
    folder = make_cases()
    first = write_report(folder).read_bytes()
    assert write_report(folder).read_bytes() == first
