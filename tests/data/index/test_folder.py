"""From a folder to a table that a study reads."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from pleura.data.index.folder import index_folder
from pleura.data.index.propose import Proposal
from pleura.data.index.propose_labels import LabelProposal
from pleura.data.manifest_file import read_manifest
from pleura.errors import InputError
from tests.data.index.made import dicom, make, rows_of


@pytest.fixture
def classes(tmp_path: Path) -> Path:
    return make(tmp_path / "in", *(f"{label}/p{who}_{n}.png" for label, who, n in WHO))


WHO = [("ill", 1, 1), ("ill", 1, 2), ("ill", 2, 1), ("well", 3, 1), ("well", 4, 1)]


def test_the_table_of_a_folder_is_a_manifest(classes: Path) -> None:
    found = index_folder(classes, patterns=["{patient}_{number}.png"])
    assert rows_of(found.table)[1] == {
        "image": "ill/p1_2.png",
        "label": "ill",
        "patient": "p1",
        "format": "png",
        "width": "6",
        "height": "4",
        "bits": "8",
    }
    manifest = read_manifest(found.table)
    assert not manifest.problems
    assert manifest.classes == ("ill", "well")
    assert len({*manifest.groups}) == 4
    assert "labels by folders: ill, well" in found.told


@pytest.mark.parametrize("where", ["beside/t.csv", "t.csv", "in/ill/t.csv"])
def test_a_table_elsewhere_finds_its_images(where: str, classes: Path) -> None:
    table = classes.parent / where
    index_folder(classes, table, patterns=["{patient}_{number}"])
    assert not read_manifest(table).problems


def test_without_a_patient_no_table_is_written_and_patterns_are_proposed(classes: Path) -> None:
    with pytest.raises(InputError) as told:
        index_folder(classes)
    assert "--patient '{patient}_{number}'" in str(told.value)
    assert "4 patients of 5 files" in str(told.value)
    assert not (classes / "images.csv").exists()


def test_who_is_asked_chooses_among_proposals(classes: Path) -> None:
    asked: list[int] = []

    def ask(proposals: Sequence[Proposal]) -> Proposal:
        asked.extend(each.patients for each in proposals)
        return proposals[0]

    found = index_folder(classes, ask=ask)
    assert asked == [4, 5]
    assert {row["patient"] for row in rows_of(found.table)} == {"p1", "p2", "p3", "p4"}
    with pytest.raises(InputError, match="nothing says who the patient is"):
        index_folder(classes, overwrite=True, ask=lambda proposals: None)


def test_names_that_fit_no_pattern_are_listed(classes: Path) -> None:
    make(classes, "ill/scan.png", "ill/unknown_1.png")
    with pytest.raises(InputError) as told:
        index_folder(classes, patterns=["{patient}_{number}"])
    assert told.value.problems == ("ill/scan.png", "ill/unknown_1.png")
    index_folder(classes, patterns=["p{patient}_{number}", "(?P<patient>.*scan)", "{patient}"])


def test_a_table_is_not_overwritten_unless_that_is_asked(classes: Path) -> None:
    index_folder(classes, patterns=["{patient}"])
    with pytest.raises(InputError, match="is there already"):
        index_folder(classes, patterns=["{patient}_{number}"])
    index_folder(classes, patterns=["{patient}_{number}"], overwrite=True)
    assert rows_of(classes / "images.csv")[0]["patient"] == "p1"


def test_dicom_gives_patients_as_hashes_and_the_salt_stays_out_of_the_table(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "in"
    for number, who in enumerate(["Doe1", "Doe1", "Doe2"]):
        dicom(folder, f"a/x/IM{number}", who, number, PatientSex="F", Manufacturer="Maker")
    dicom(folder, "a/x/copy", "Doe2", 2, PatientSex="F", Manufacturer="Maker")
    found = index_folder(folder, folders="{source}/{label}")
    rows = rows_of(found.table)
    assert [row["source"] for row in rows] == ["a", "a", "a"]
    assert rows[0]["patient"] == rows[1]["patient"] != rows[2]["patient"]
    assert rows[0]["sex"] == "F"
    text, salt = found.table.read_text(), (folder / "images.salt").read_text().strip()
    assert "Doe" not in text
    assert salt not in text
    assert any("a copy of another DICOM image" in line for line in found.told)
    again = index_folder(folder, overwrite=True, folders="{source}/{label}")
    assert again.table.read_text() == text  # the same salt, and it is no file of the folder


def test_distances_of_masks_are_said_to_be_in_pixels_until_a_study_asks_for_mm(
    tmp_path: Path,
) -> None:
    for number in range(2):
        dicom(tmp_path, f"images/{number}.dcm", f"M{number}", number, PixelSpacing=[0.2, 0.2])
        make(tmp_path, f"masks/{number}.png")
    found = index_folder(tmp_path)
    assert {(row["row_mm"], row["spacing_from"]) for row in rows_of(found.table)} == {
        ("0.2", "PixelSpacing")
    }
    assert any("masks: {spacing: row_mm}" in line for line in found.told)


def test_eras_of_classes_are_told_by_the_year_alone(tmp_path: Path) -> None:
    for number in range(20):
        label, year = ("ill", 2021) if number % 2 else ("well", 2016)
        dicom(tmp_path, f"{label}/{number}.dcm", f"M{number}", number, StudyDate=f"{year}0301")
    without = index_folder(tmp_path)
    assert any(line.startswith("dates are hidden") for line in without.told)
    assert "year" not in rows_of(without.table)[0]
    assert len({row["day"] for row in rows_of(without.table)}) > 16  # two may be equal
    assert read_manifest(without.table).extras == ()  # such a day could tell nothing
    found = index_folder(tmp_path, years=True, overwrite=True)
    assert not any(line.startswith("dates are hidden") for line in found.told)
    table = read_manifest(found.table).table
    assert {*zip(table["label"], table["year"], strict=True)} == {("ill", "2021"), ("well", "2016")}


def test_patients_of_names_that_headers_call_one_are_warned_of(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    for number in range(3):
        dicom(folder, f"s{number}.dcm", "7", number)
    told = index_folder(folder, patterns=["{patient}"]).told
    assert any("headers say that s0, s1, s2 are one person" in line for line in told)


def test_an_image_is_not_written_over_and_folders_fit_some_image(tmp_path: Path) -> None:
    folder = make(tmp_path / "in", "a/a1_1.png", "b/b1_1.png")
    image = folder / "a/a1_1.png"
    before = image.read_bytes()
    with pytest.raises(InputError, match=r"let its name end in \.csv"):
        index_folder(folder, image, patterns=["{patient}_{number}"], overwrite=True)
    assert image.read_bytes() == before
    with pytest.raises(InputError, match="no image lies in such folders"):
        index_folder(folder, patterns=["{patient}_{number}"], folders="{source}/{label}")


def test_names_do_not_divide_patients_whom_headers_tell_apart(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    for number in range(6):
        dicom(folder, f"s{number}.dcm", "" if number == 5 else f"M{number // 2}", number)
    found = index_folder(folder, patterns=["{patient}"])
    patients = [row["patient"] for row in rows_of(found.table)]
    assert patients[0] == patients[1] != patients[2] == patients[3] != patients[4]
    assert patients[5] == "s5"
    assert any("6 patients by names, 3 patients by headers" in line for line in found.told)


def test_patients_of_names_that_are_one_study_are_warned_of(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    for number in range(4):
        dicom(folder, f"s{number}.dcm", "", number, StudyInstanceUID=f"1.3.{number // 2}")
    told = index_folder(folder, patterns=["{patient}"]).told
    (line,) = [line for line in told if line.startswith("warning")]
    assert "headers say that s0, s1 are one study, so one person; there are 2 such studies" in line


def test_folders_of_one_patient_each_are_no_classes(tmp_path: Path) -> None:
    folder = make(tmp_path / "in", *(f"p{who}/{n}.png" for who in range(3) for n in range(2)))
    found = index_folder(folder, patterns=["{patient}/{any}"])
    assert "label" not in rows_of(found.table)[0]
    assert any("each folder holds one patient" in line for line in found.told)


def test_images_outside_the_folders_of_classes_have_no_label(classes: Path) -> None:
    make(classes, "z9_1.png")
    found = index_folder(classes, patterns=["{patient}_{number}"])
    assert "1 image without a label, which no study learns from" in found.told
    assert rows_of(found.table)[-1]["label"] == ""


def test_labels_can_stand_in_names(tmp_path: Path) -> None:
    folder = make(tmp_path / "in", "ill_1.png", "well_2.png")
    found = index_folder(folder, patterns=["{label}_{patient}"])
    assert "labels by names: ill (1 file), well (1)" in found.told
    assert found.labelled


def test_patterns_of_labels_leave_patients_as_they_are(tmp_path: Path) -> None:
    folder = make(tmp_path / "in", *(f"{who}_{n}.png" for who in CALLED for n in (1, 2)))
    found = index_folder(folder, patterns=["{patient}_{number}"])
    assert "these may be classes: ill (4 files), well (2); if so, --label '{label}_{any}'" in (
        found.told
    )
    asked: list[str] = []

    def ask(proposals: Sequence[LabelProposal]) -> LabelProposal:
        asked.extend(map(str, proposals))
        return proposals[0]

    index_folder(folder, patterns=["{patient}_{number}"], ask_labels=ask, overwrite=True)
    chosen = rows_of(found.table)
    index_folder(folder, patterns=["{patient}_{number}"], labels=["{label}_{any}"], overwrite=True)
    assert rows_of(found.table) == chosen
    assert (chosen[0]["label"], chosen[0]["patient"]) == ("ill", "ill_a")
    assert asked == ["--label '{label}_{any}'\n      ill (4 files), well (2)"]
    with pytest.raises(InputError, match="no file fits --label"):
        index_folder(folder, patterns=["{patient}"], labels=["{label}-{any}"], overwrite=True)
    with pytest.raises(InputError, match="besides, if these are classes: --label"):
        index_folder(folder, overwrite=True)


CALLED = ("ill_a", "ill_b", "well_c")


def test_columns_of_the_user_are_told(tmp_path: Path) -> None:
    folder = make(tmp_path / "in", "p1_icu.png", "p2_er.png")
    found = index_folder(folder, patterns=["{patient}_{ward}"])
    assert [row["ward"] for row in rows_of(found.table)] == ["icu", "er"]
    assert "column ward, by names, which studies know nothing of: er, icu" in found.told


def test_names_that_spreadsheets_would_compute_are_warned_of_and_stay(tmp_path: Path) -> None:
    folder = make(tmp_path / "in", "a/=1+1_1.png", "b/-2_1.png", "=b/p_1.png")
    found = index_folder(folder, patterns=["{patient}_{number}"])
    (line,) = [line for line in found.told if line.startswith("warning")]
    assert "2 texts in the table would be a formula" in line  # -2 itself is a number
    assert "'=b/p_1.png', '=1+1'" in line
    assert not read_manifest(found.table, labelled=False).problems
    assert {row["patient"] for row in rows_of(found.table)} == {"=1+1", "-2", "p"}


def test_videos_stand_for_patients_where_no_name_tells_them(tmp_path: Path) -> None:
    folder = make(tmp_path / "in", "c1_f1.png", "c1_f2.png", "c2_f1.png")
    found = index_folder(folder, patterns=["{video}_f{frame}"])
    row = rows_of(found.table)[1]
    assert (row["patient"], row["video"], row["frame"]) == ("c1", "c1", "2")
    assert any("each video counts as a patient" in line for line in found.told)


def test_a_folder_without_images_says_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x")
    (tmp_path / "b.png").write_text("")
    with pytest.raises(InputError) as told:
        index_folder(tmp_path)
    assert "1 file left out, the file is empty: b.png" in str(told.value)
    assert "1 .txt" in str(told.value)


def test_folders_whose_names_no_address_can_hold_are_refused(tmp_path: Path) -> None:
    odd = make(tmp_path / "my::data", "p1_1.png")
    with pytest.raises(InputError, match="my::data: the addresses of images begin with this"):
        index_folder(odd, patterns=["{patient}_{number}"])
    plain = make(tmp_path / "data", "p1_1.png")
    with pytest.raises(InputError, match="rename it"):
        index_folder(plain, odd / "images.csv", patterns=["{patient}_{number}"])
    assert not [*tmp_path.rglob("*.csv")]
