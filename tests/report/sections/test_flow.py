"""How images and patients came in."""

from dataclasses import replace

import pandas as pd

from pleura.report.classification import ClassifierFolder
from pleura.report.prose import Prose
from pleura.report.section import Words
from pleura.report.sections.flow import BY_PART, SECTION, demographics_table, find_flow
from pleura.report.table import Table
from tests.report.conftest import study_of

NOTES = (
    "5840 of 6109 rows match `where`",
    "rows left out, their label not among the classes: 1,027",
    "3 rows left out, column age being empty",
    "patients who share an image count as one (1 times): a = b",
    "images are brought to 64 x 64 pixels",
    "step salient: 5 of 9 rows match `where`",
)
PEOPLE = pd.DataFrame(
    [("sex", "F", "test", 3, 5), ("sex", "M", "test", 1, 2), ("sex", "F", "train", 8, 8)],
    columns=["column", "group", "part", "patients", "images"],
)


def told(contents: ClassifierFolder, *notes: str) -> ClassifierFolder:
    """The folder with other notes, and a manifest of 4,810 images of 3,000 patients."""
    split = {**contents.split, "manifest": {"images": 4810, "patients": 3000}}
    return replace(contents, notes=notes, split=split)


def test_rows_that_were_left_out_and_those_studied_are_all_rows(
    contents: ClassifierFolder,
) -> None:
    flow = find_flow(study_of(told(contents, *NOTES)))
    assert flow.left_out == [
        "269 rows: not what the study file selects (where)",
        "1,027 rows: their label not among the classes",
        "3 rows: column age being empty",
    ]
    assert flow.rows == "6,109"
    assert flow.studied == "4,810 images of 3,000 patients"
    assert flow.merged == ["Patients who share an image count as one (once)"]
    test = next(part for part in flow.parts if part.name == "test")
    counts = contents.counts[(contents.counts["part"] == "test")]
    every = counts[counts["class"] == "all"].iloc[0]
    assert test.sizes == f"{every['images']} images of {every['patients']} patients"
    assert [name for name, _ in test.classes] == list(contents.labels)
    train = next(part for part in flow.parts if part.name == "train")
    assert train.smaller  # at the smaller fraction


def test_rows_are_not_guessed_where_only_some_patients_are_studied(
    contents: ClassifierFolder,
) -> None:
    note = "20 of 1,500 patients are studied (`data.patients: 5`)"
    flow = find_flow(study_of(told(contents, note)))
    assert flow.rows == ""
    assert flow.left_out == ["1,480 patients: only some were studied, for a quick try"]
    with_rows = find_flow(study_of(told(contents, NOTES[0], note)))
    assert with_rows.rows == "6,109"


def test_patients_by_part(contents: ClassifierFolder) -> None:
    table = demographics_table(PEOPLE, "sex")
    assert [column.title for column in table.columns] == ["Sex", "train", "test"]
    cells = [[(cell.text, cell.detail) for cell in row] for row in table.rows]
    assert cells[0] == [("F", ""), ("8 (100%)", "8 images"), ("3 (75%)", "5 images")]
    assert cells[1][2] == ("1 (25%)", "2 images")
    study = study_of(contents.with_table(BY_PART, PEOPLE))
    blocks = list(SECTION.blocks(study, find_flow(study)))
    assert any(isinstance(block, Table) for block in blocks)


def test_what_all_patients_have_in_common_is_said_in_a_line(contents: ClassifierFolder) -> None:
    view = PEOPLE.assign(column="view", group="AP")
    study = study_of(contents.with_table(BY_PART, pd.concat([PEOPLE, view])))
    _, words, *rest = SECTION.blocks(study, find_flow(study))
    assert isinstance(words, Words)
    assert words.values == {"alike": {"view": "AP"}, "several": True}
    assert [block.title for block in rest if isinstance(block, Table)] == ["Patients by sex"]
    text = Prose("flow", {"evaluated": find_flow(study)})("demographics", words.values)
    assert "The same of all patients: view AP." in text
    assert "Of the first seed" in text


FRAMES = "36 clips seen by 144 frames: 4 of each, spread evenly"


def of_clips(contents: ClassifierFolder, *notes: str, images: int = 144) -> ClassifierFolder:
    """A study of 144 frames of 36 clips, and of stills where there are more `images`; each part has
    a clip for two images."""
    split = {**contents.split, "manifest": {"images": images, "patients": 11}}
    counts = contents.counts.assign(clips=contents.counts["images"] // 2)
    return replace(contents, notes=(*notes, FRAMES), split=split, counts=counts)


def test_rows_become_clips_and_these_frames(contents: ClassifierFolder) -> None:
    cured = of_clips(contents, "3 rows left out, column age being empty")
    study = study_of(cured)
    flow = find_flow(study)
    assert flow.rows == "39"
    assert flow.left_out == ["3 rows: column age being empty"]
    assert flow.clips == "36 clips, seen by 144 frames: 4 of each, spread evenly"
    assert flow.studied == "144 frames of 36 clips of 11 patients"
    test = next(part for part in flow.parts if part.name == "test")
    counts = cured.counts[cured.counts["part"] == "test"]
    every = counts[counts["class"] == "all"].iloc[0]
    assert test.sizes == (
        f"{every['images']} frames of {every['clips']} clips of {every['patients']} patients"
    )
    assert flow.counted == "clips"
    name, number = test.classes[0]
    assert number == str(counts.loc[counts["class"] == name, "clips"].iloc[0])


def test_stills_beside_clips_are_images(contents: ClassifierFolder) -> None:
    flow = find_flow(study_of(of_clips(contents, images=150)))
    assert flow.rows == "42"
    assert flow.clips.endswith("spread evenly; 6 still images")
    assert flow.studied == "150 images of 11 patients"
    assert flow.counted == "images"
    without = find_flow(study_of(told(contents)))
    assert (without.clips, without.counted) == ("", "images")


def test_of_clips_patients_and_clips_are_told_by_part() -> None:
    table = demographics_table(PEOPLE.assign(clips=[2, 1, 4]), "sex", "frame")
    assert [cell.detail for cell in table.rows[0]] == ["", "4 clips", "2 clips"]
    earlier = demographics_table(PEOPLE, "sex", "frame")
    assert earlier.rows[0][1].detail == "8 frames"
