"""The methods section of a study whose numbers are known."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path

import pandas as pd
import pytest

from pleura.errors import InputError
from pleura.evaluate.clue_strength import OUTER, WHOLE
from pleura.report.classification import ClassifierFolder
from pleura.report.methods.answers import answers_of
from pleura.report.methods.checklists import CLAIM, TRIPOD_AI, checklists_of
from pleura.report.methods.export import as_markdown, write_methods
from pleura.report.methods.facts import augmentation_of, cited_by
from pleura.report.methods.references import METHODS, REFERENCES, STRATEGIES, Citations
from pleura.report.methods.text import Methods, methods_of
from pleura.report.sections.clues import CLUES
from pleura.report.sections.flow import BY_PART
from pleura.report.study import Study
from pleura.tasks.selfsup.listed import METHODS as LISTED_METHODS
from pleura.transfer.listed import STRATEGIES as LISTED_STRATEGIES


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
    assert statistics.lower().count("macro auroc") == 1
    assert "a random forest was fitted on" in methods.paragraphs["Baselines"]
    assert "and 1 baseline without a network" in methods.paragraphs["Study design"]
    assert "calibrated by a temperature" in methods.paragraphs["Probabilities"]
    assert handed_over.contents.best["recipe"] in methods.paragraphs["Final model"]


def test_iterations_of_a_solver_are_no_epochs(handed_over: Study[ClassifierFolder]) -> None:
    runs = handed_over.contents.runs.copy()
    solved = runs["recipe"] == "scratch"
    kept = zip(solved, runs["history"], strict=True)
    runs["history"] = [[] if each else its for each, its in kept]
    runs.loc[solved, "epochs"] = 900
    contents = replace(handed_over.contents, runs=runs)
    told = methods_of(replace(handed_over, contents=contents, without=None))
    assert "epochs made: 20." in told.paragraphs["Training"]


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
    settings: dict[str, dict[str, object]]
    settings = {"augmentation": {"flip": 0.5, "noise": 0.0, "rotation": 10.0, "probability": {}}}
    assert augmentation_of(settings) == "flip 0.5 and rotation 10"
    settings["augmentation"]["rand_augment"] = {"changes": 2}  # in the place of rotation
    assert augmentation_of(settings) == "flip 0.5"


def test_what_is_used_for_few_labels_is_told_with_its_papers(
    handed_over: Study[ClassifierFolder],
) -> None:
    mixup = {"alpha": 0.2, "probability": 0.5}
    told = told_of(handed_over, [], {}, ema=0.99, augmentation={"flip": 0.5, "mixup": mixup})
    assert re.search(
        r"Training used besides: weights averaged over the steps \(EMA 0\.99\) \[\d+\], mixup "
        r"\(alpha 0\.2, probability 0\.5\) \[\d+\]\.",
        told,
    )
    assert "used besides" not in told_of(handed_over, [], {}, augmentation={"flip": 0.5})


def test_a_loss_with_options_is_told_in_words(handed_over: Study[ClassifierFolder]) -> None:
    loss = {"cross_entropy": {"smoothing": 0.1}}
    assert "Loss: cross entropy (smoothing: 0.1)." in told_of(handed_over, [], {}, loss=loss)
    told = told_of(handed_over, [], {}, loss=loss, class_weights="balanced")
    assert "Loss: cross entropy (smoothing: 0.1), class weights balanced." in told
    assert "Loss: dice cross entropy." in told_of(handed_over, [], {}, loss="dice_cross_entropy")


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
    assert answers["12c"].startswith(
        "Methods, “Models and transfer strategies”, “Training”, “Tuning"
    )
    assert answers["17"] == "[AUTHORS: ethics approval and consent]"
    assert "test: " in answers["21"]
    assert answers["20b"].startswith("[AUTHORS: ")  # nobody wrote who the patients are
    items = [*TRIPOD_AI.strip().splitlines(), *CLAIM.strip().splitlines()]
    named = [line.partition(" | ")[2].partition(" + ")[0].split(", ") for line in items]
    assert {*chain(*named)} - {""} == {*answers_of(handed_over, methods)}


def told_of(
    study: Study[ClassifierFolder],
    notes: Sequence[str],
    data: Mapping[str, object],
    **training: object,
) -> str:
    """The methods text of a study with these notes and with these keys in its data section."""
    contents = study.recipes.contents
    settings = {**contents.study, "data": {**contents.data, **data}, "training": training}
    changed = replace(study.recipes, contents=replace(contents, study=settings, notes=tuple(notes)))
    return " ".join(methods_of(changed).paragraphs.values())


@pytest.mark.parametrize(
    ("notes", "data", "unit"),
    [
        (["every image counts as its own patient"], {"image_is_patient": True}, "image"),
        (
            ["every video, and every image without one, counts as its own patient"],
            {"image_is_patient": True},
            "video",
        ),
        (["no patient is known: every video counts as one"], {}, "video"),
    ],
)
def test_of_patients_who_are_not_known_no_parts_are_said_to_be_disjoint(
    notes: list[str], data: dict[str, object], unit: str, handed_over: Study[ClassifierFolder]
) -> None:
    own = told_of(handed_over, notes, data)
    assert f"Parts were disjoint by {unit}:" in own
    assert "Patients were not known" in own
    assert f"tested by t tests paired by {unit}" in own
    assert "disjoint by patient" not in own
    assert "all images of a patient" not in own
    known = told_of(handed_over, ["step pretrain: every image counts as its own patient"], {})
    assert "Parts were disjoint by patient." in known
    assert "with all images of a patient left out together" in known
    assert "not known" not in known


def test_what_nobody_said_is_not_told(handed_over: Study[ClassifierFolder]) -> None:
    silent = told_of(handed_over, [], {"same_image": "merge"})
    assert "retrospective study" not in silent
    assert "prospective or retrospective" in silent
    for never in ("counted as one", "Lung masks", "Of each clip", "black to white", "copies"):
        assert never not in silent
    assert "Random forests were trained" not in silent
    auto = told_of(handed_over, [], {}, precision="auto")
    assert "Numerical precision: fp32, chosen for the device by the software." in auto
    merged = told_of(handed_over, ["patients who share an image count as one (twice): a, b"], {})
    assert "mirrored or not, were counted as one (twice)" in merged


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ({"frames": {"number": 8}}, "8 of each, spread evenly; they were cropped to the"),
        ({"frames": {"per_second": 2.5, "sector": False}}, "2.5 a second; the whole picture was"),
        ({"full_range": [0, 4095]}, "the stored values from 0 to 4095 became the range"),
        ({"full_range": "bits"}, "all values that the bits of a file hold became the range"),
        ({"lungs": "given"}, "Lung masks, which came with the data, served to see"),
        ({"lungs": {"masker": "m"}}, "Lung masks, which a network had drawn, served to see"),
    ],
)
def test_what_was_done_to_images_is_told(
    data: dict[str, object], told: str, handed_over: Study[ClassifierFolder]
) -> None:
    assert told in told_of(handed_over, [], data)


def test_what_a_sentence_tells_no_note_tells_again(handed_over: Study[ClassifierFolder]) -> None:
    notes = [
        "36 clips seen by 288 frames: 8 of each, spread evenly",
        "images are cropped to the ultrasound's sector (288 convex); shown whole, since none is "
        "found: 3",
        "patients who share an image count as one (twice): Anna, Bob",
        "no patient is known: every video counts as one",
        "step pretrain: 5 clips seen by 10 frames: 2 of each, spread evenly",
        "rows left out: 2 (Carl)",
    ]
    text = told_of(handed_over, notes, {"frames": {"number": 8}})
    told = {
        "8 of each, spread evenly": 1,
        "cropped to the ultrasound": 1,
        "288 convex": 1,
        "as one (": 1,
        "every video count": 1,
        "step pretrain: 5 clips": 1,
        "rows left out": 1,
    }
    assert {words: text.count(words) for words in told} == told
    whole = told_of(handed_over, notes, {"frames": {"number": 8, "sector": False}})
    assert "the whole picture was kept" in whole


def test_forests_are_told_by_what_they_were_given(handed_over: Study[ClassifierFolder]) -> None:
    own = handed_over.recipes.contents
    clues = pd.DataFrame({"recipe": [OUTER, WHOLE, "device"]})
    contents = own.with_table(CLUES, clues)
    text = " ".join(methods_of(replace(handed_over.recipes, contents=contents)).paragraphs.values())
    assert "follow from it: the outer 15 % of the image alone and device." in text
    assert "source" not in text.split("follow from it:")[1].split(".")[0]


def test_an_external_test_answers_its_item(handed_over: Study[ClassifierFolder]) -> None:
    own = handed_over.recipes.contents
    rows = [("source", "A", "train", 5, 5), ("source", "B", "test", 5, 5)]
    table = pd.DataFrame(rows, columns=["column", "group", "part", "patients", "images"])
    tested = replace(own, predictions=own.predictions.assign(source="B")).with_table(BY_PART, table)
    study = replace(handed_over.recipes, contents=tested)
    methods = methods_of(study)
    assert "No patient of B trained or validated." in methods.paragraphs["Partitions"]
    answers = {number: answer for number, _, answer in checklists_of(study, methods)[1].rows}
    assert answers["33"] == "Tested on “B”, of which nobody trained or validated."
    assert answers["5"] == "[AUTHORS: prospective or retrospective]"
    before = checklists_of(handed_over, methods)[1].rows
    assert before[32][2] == "[AUTHORS: testing on external data]"


@pytest.mark.parametrize(
    ("note", "told"),
    [
        ("36 clips seen by 288 frames: 8 of each, spread evenly", "frames: 8 of each, spread"),
        (
            "images shown by the window or VOI LUT of their own file: 12 (12 by a window). "
            "Windows can differ from site to site",
            "of their own file: 12 (12 by a window).",
        ),
    ],
)
def test_how_images_were_shown_is_told_in_full(
    note: str, told: str, handed_over: Study[ClassifierFolder]
) -> None:
    assert told in told_of(handed_over, [note], {})
    assert "Anna" not in told_of(handed_over, ["rows left out: 2 (Anna, Bob)"], {})
