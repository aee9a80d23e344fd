"""The methods section of a study whose numbers are known."""

import re
from pathlib import Path

import pytest

from pleura.errors import InputError
from pleura.report.classification import ClassifierFolder
from pleura.report.methods.checklists import CLAIM, TRIPOD_AI, checklists_of, facts_for
from pleura.report.methods.export import as_markdown, write_methods
from pleura.report.methods.facts import augmentation_of, cited_by
from pleura.report.methods.references import METHODS, REFERENCES, STRATEGIES, Citations
from pleura.report.methods.text import TOPICS, Methods, methods_of
from pleura.report.study import Study
from pleura.report.tasks import CLASSIFICATION
from pleura.tasks.selfsup.listed import METHODS as LISTED_METHODS
from pleura.transfer.listed import STRATEGIES as LISTED_STRATEGIES
from tests.report.made_classifiers import HANDED_OVER, hand_over, write_study


@pytest.fixture(scope="module")
def handed_over(tmp_path_factory: pytest.TempPathFactory) -> Study[ClassifierFolder]:
    folder = tmp_path_factory.mktemp("methods") / "study"
    return CLASSIFICATION.study(hand_over(write_study(folder, HANDED_OVER, fractions=(1.0,))))


@pytest.fixture(scope="module")
def methods(handed_over: Study[ClassifierFolder]) -> Methods:
    return methods_of(handed_over)


def test_numbers_are_those_of_the_tables(
    methods: Methods, handed_over: Study[ClassifierFolder]
) -> None:
    counts = handed_over.contents.counts
    test = counts[(counts["part"] == "test") & (counts["class"] == "all")].iloc[0]
    parts = methods.paragraphs["Partitions"]
    assert f"test {test['images']:,} images of {test['patients']:,} patients" in parts
    models = methods.paragraphs["Models and transfer strategies"]
    assert all(f"“{name}”" in models for name in handed_over.recipes.findings.recipes)
    assert f"“{handed_over.findings.reference}” was the reference" in models
    statistics = methods.paragraphs["Statistical analysis"]
    assert "up to 3 seeds" in statistics
    assert "Intervals (95 %)" in statistics
    assert "calibrated by a temperature" in methods.paragraphs["Probabilities"]
    assert handed_over.contents.best["recipe"] in methods.paragraphs["Final model"]


def test_references_are_numbered_as_they_are_cited(methods: Methods) -> None:
    text = " ".join(methods.paragraphs.values())
    cited = [int(n) for each in re.findall(r"\[([\d, ]+)\]", text) for n in each.split(", ")]
    assert list(dict.fromkeys(cited)) == list(range(1, len(methods.references) + 1))
    assert len(set(methods.references)) == len(methods.references)
    cite = Citations()
    assert (cite("holm"), cite("guo", "holm"), cite("hu")) == ("[1]", "[1, 2]", "[3]")


def test_every_strategy_and_method_has_a_reference() -> None:
    assert STRATEGIES.keys() == LISTED_STRATEGIES.keys(), "report/methods/references.py"
    assert METHODS.keys() == LISTED_METHODS.keys(), "report/methods/references.py"
    assert {*STRATEGIES.values(), *METHODS.values()} <= REFERENCES.keys()
    assert cited_by('{"truncation": {"at": "b3"}}', STRATEGIES) == [STRATEGIES["truncation"]]


def test_changes_of_images_that_are_switched_off_are_not_told() -> None:
    settings = {"augmentation": {"flip": 0.5, "noise": 0.0, "rotation": 10.0, "probability": {}}}
    assert augmentation_of(settings) == "flip 0.5 and rotation 10"


def test_blanks_stand_out_in_both_files(
    methods: Methods, handed_over: Study[ClassifierFolder], tmp_path: Path
) -> None:
    from docx import Document
    from docx.enum.text import WD_COLOR_INDEX

    checklists = checklists_of(handed_over, methods)
    text = as_markdown(methods, checklists)
    blanks = re.findall(r"\[AUTHORS: [^\]]*\]", text)
    assert len(blanks) > 10
    assert all(f"**{each}**" in text for each in blanks)
    written = Document(str(write_methods(methods, checklists, tmp_path, "docx")))
    cells = [cell for table in written.tables for row in table.rows for cell in row.cells]
    paragraphs = [*written.paragraphs, *(cell.paragraphs[0] for cell in cells)]
    runs = [run for paragraph in paragraphs for run in paragraph.runs]
    marked = [run.text for run in runs if run.font.highlight_color == WD_COLOR_INDEX.YELLOW]
    assert marked == blanks
    assert write_methods(methods, checklists, tmp_path, "md").read_text(encoding="utf-8") == text
    with pytest.raises(InputError, match="docx"):
        write_methods(methods, checklists, tmp_path, "pdf")


def test_every_item_is_answered_or_is_a_blank_of_the_authors(
    methods: Methods, handed_over: Study[ClassifierFolder]
) -> None:
    tripod, claim = checklists_of(handed_over, methods)
    assert [int(number) for number, *_ in claim.rows] == list(range(1, 45))
    numbers = [re.match(r"\d+", number) for number, *_ in tripod.rows]
    assert {int(each[0]) for each in numbers if each} == set(range(1, 28))
    answers = {number: answer for number, _, answer in tripod.rows}
    assert answers["12a"] == "Methods, “Partitions”"
    assert answers["17"] == "[AUTHORS: ethics approval and consent]"
    assert "test: " in answers["21"]
    assert answers["20b"].startswith("[AUTHORS: ")  # nobody wrote who the patients are
    known = {*TOPICS, *facts_for(handed_over), ""}
    items = [*TRIPOD_AI.strip().splitlines(), *CLAIM.strip().splitlines()]
    assert {line.partition(" | ")[2] for line in items} <= known
