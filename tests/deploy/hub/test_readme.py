"""The card says what the report says, and leaves visible blanks."""

import re
from pathlib import Path

from pleura.deploy.hub.markdown import OPEN
from pleura.deploy.hub.origin import origin_of
from pleura.deploy.hub.readme import HubFolder, readme_of, squeezed, what_it_is
from pleura.deploy.package import load_model
from pleura.deploy.server.warned import warned
from pleura.report.folder import name_of
from pleura.report.page import cautions, found_by, of_model
from pleura.tasks.listed import page_of
from pleura.wording import capital


def test_every_caution_of_the_report_stands_in_full(finished: Path, exported: Path) -> None:
    page = page_of(finished)
    study = page.study(finished)
    filled = found_by(page.sections, study)
    every = [*cautions(filled, study), *of_model(filled, study)]
    text = (exported / "README.md").read_text(encoding="utf-8")
    name = name_of(study.contents.best)
    assert len(every) > 3
    for caution in every:
        told = caution.text.replace(f"“{name}”", "this model")
        assert (capital(told) if told.startswith("this model") else told) in text


def test_parts_and_groups_of_patients(exported: Path) -> None:
    text = (exported / "README.md").read_text(encoding="utf-8")
    # Of few patients it is not told how many they are, nor what they follow from.
    assert "| train | not told | not told | 5 |" in text
    assert "| validation | fewer than 5 patients | fewer than 5 | fewer than 5 |" in text
    assert "| test | 20 images of 10 patients | 5 | 5 |" in text
    assert "calibrated on validation images of fewer than 5 patients" in text
    assert "| sex: female | not told | fewer than 5 | not told |" in text
    assert "| sex: male | fewer than 5 | fewer than 5 | fewer than 5 |" in text
    assert "age of the patients" in text


def test_what_a_machine_cannot_know_is_blank(exported: Path) -> None:
    text = (exported / "README.md").read_text(encoding="utf-8")
    for what in ("intended users", "licence", "ethics approval", "reference standard was obtained"):
        assert any(OPEN in line and what in line for line in text.splitlines()), what
    assert "made \\| for a test" in text  # a source as it is written
    assert "Energy: not measured" in text
    assert "Research software, not a medical device" in text


def test_lines_are_squeezed() -> None:
    assert squeezed("\n\na  \n\n\n\nb\n\n") == "a\n\nb\n"


def test_the_page_of_a_model_warns_of_the_same(finished: Path, exported: Path) -> None:
    text = (exported / "README.md").read_text(encoding="utf-8")
    told = warned(finished / "best")
    assert len(told) > 1
    assert all(each in text for each in told)
    (alone,) = warned(exported)
    assert "not known here" in alone


def test_commands_stand_as_they_are_typed(finished: Path) -> None:
    model = load_model(finished / "best")
    about = HubFolder("my *new* model")
    text = readme_of(model, origin_of(finished / "best", model.card), about)
    assert "pleura predict 'my *new* model' IMAGES" in text
    assert 'pleura.load("my *new* model")' in text
    assert "this folder as “my \\*new\\* model”" in text


def test_a_model_that_was_taught_says_by_which_recipe(finished: Path) -> None:
    model = load_model(finished / "best")
    assert "taught" not in what_it_is(model)
    model.card["distilled"] = {"teacher": "whole (mean of 3 networks)", "temperature": 2.0}
    assert what_it_is(model).startswith(
        "A network, small_for_tests, trained by feature extraction, and taught by the recipe whole "
        "(mean of 3 networks) of the same study. It gives"
    )


def test_metrics_of_classes_and_of_all_stand_in_one_table(exported: Path) -> None:
    text = (exported / "README.md").read_text(encoding="utf-8")
    assert "| Class | AUROC |" in text
    assert text.index("\n| a | ") < text.index("\n| b | ") < text.index("\n| all (macro) | ")
    assert text.count("\nOver all: accuracy ") == 1
    assert "| Macro AUROC | " not in text


def test_what_is_for_reference_is_folded_and_nothing_else(finished: Path, exported: Path) -> None:
    text = (exported / "README.md").read_text(encoding="utf-8")
    shown = re.sub(r"<details>.*?</details>", "", text, flags=re.DOTALL)
    assert text.count("<details><summary>") == text.count("\n\n</details>\n") >= 3
    for folded in ("turned upright by its EXIF", "numpy ", "| Sensitivity chosen |"):
        assert folded in text
        assert folded not in shown
    assert "pleura study run study.yaml" in shown
    assert "Before you print this card, unfold its parts" in shown
    assert shown.count(OPEN) == text.count(OPEN)
    page = page_of(finished)
    study = page.study(finished)
    told = cautions(found_by(page.sections, study), study)
    assert {each.serious for each in told} == {True, False}
    for each in told:
        assert (each.text in shown) is each.serious
