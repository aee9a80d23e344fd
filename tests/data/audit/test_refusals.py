import shutil
from pathlib import Path
from typing import Literal

import pytest

from pleura.data.audit import check, merged
from pleura.data.bank import build_bank
from pleura.data.manifest import Manifest
from pleura.data.manifest_file import read_manifest
from pleura.errors import InputError
from tests.data.conftest import Row, WriteTable

ROWS = [
    {"image": f"{number}.png", "label": label, "patient": f"p{number // 2}"}
    for number, label in enumerate(["normal", "normal", "viral", "viral", "normal", "viral"])
]


def audit(
    path: Path,
    copies: dict[str, str] | None = None,
    same_image: Literal["refuse", "merge"] = "refuse",
    labelled: bool = True,
) -> Manifest:
    """Check the table at `path` after copying the image files named in `copies`."""
    for source, target in (copies or {}).items():
        shutil.copy(path.parent / source, path.parent / target)
    manifest = read_manifest(path, labelled=labelled)
    bank = build_bank(list(manifest.table["image"]), path.parent / "bank", size=8)
    return check(manifest, bank, same_image=same_image)


def test_a_sound_manifest_passes_unchanged(write_table: WriteTable) -> None:
    path = write_table(ROWS)
    assert audit(path).key == read_manifest(path).key


def test_everything_wrong_is_in_one_message(write_table: WriteTable) -> None:
    rows: list[Row] = [
        *ROWS,
        {"image": "missing.png", "label": "viral", "patient": "p9"},
        {"image": "6.png", "label": "viral", "patient": ""},
        {"image": "text.png", "label": "viral", "patient": "p9"},
    ]
    path = write_table(rows)
    (path.parent / "text.png").write_text("a letter")
    with pytest.raises(InputError) as caught:
        audit(path, {"0.png": "2.png", "1.png": "4.png"})
    assert caught.value.problems == (
        "same pixels under two labels: row 2 (0.png) of normal, row 4 (2.png) of viral",
        "same pixels under two patients: row 2 (0.png) of p0, row 4 (2.png) of p1",
        "same pixels under two patients: row 3 (1.png) of p0, row 6 (4.png) of p2",
        "row 8 (missing.png): no such file",
        "row 9 (6.png): no patient",
        "row 10 (text.png): the contents are neither PNG nor JPEG",
    )
    assert "same_image: merge" in caught.value.heading
    assert "mend the label in the table, or leave one of the rows out" in caught.value.heading


def test_merged_patients_become_one_across_chains(write_table: WriteTable) -> None:
    path = write_table([{**row, "label": "normal"} for row in ROWS])
    manifest = audit(path, {"1.png": "2.png", "3.png": "4.png"}, "merge")
    assert list(manifest.groups) == ["p0"] * 6
    assert "p0 = p1; p0 = p2" in manifest.notes[-1]
    assert manifest.merged_patients == {"p1": "p0", "p2": "p0"}
    assert manifest.key != read_manifest(path).key


def test_patients_are_merged_whatever_else_is_wrong(write_table: WriteTable) -> None:
    rows: list[Row] = [*ROWS, {"image": "6.png", "label": "viral", "patient": ""}]
    path = write_table(rows)
    for source, target in (("0.png", "2.png"), ("1.png", "6.png")):
        shutil.copy(path.parent / source, path.parent / target)
    manifest = read_manifest(path)
    bank = build_bank(list(manifest.table["image"]), path.parent / "bank", size=8)
    assert list(merged(manifest, bank).groups) == [*["p0"] * 4, "p2", "p2", ""]


def test_names_in_the_file_follow_whoever_their_patient_becomes(write_table: WriteTable) -> None:
    rows = [{**row, "label": "normal"} for row in ROWS]
    rows[3]["patient"] = "P1"
    path = write_table(rows)
    shutil.copy(path.parent / "1.png", path.parent / "2.png")
    manifest = read_manifest(path, same_name="merge")
    assert manifest.merged_patients == {"P1": "p1"}
    bank = build_bank(list(manifest.table["image"]), path.parent / "bank", size=8)
    checked = check(manifest, bank, same_image="merge")
    assert checked.merged_patients == {"P1": "p0", "p1": "p0"}
    assert list(checked.groups) == [*["p0"] * 4, "p2", "p2"]


def test_the_cure_for_names_in_two_spellings_is_told(write_table: WriteTable) -> None:
    rows = [*ROWS[:-1], {**ROWS[-1], "patient": "P02"}]
    with pytest.raises(InputError) as caught:
        audit(write_table(rows))
    assert caught.value.problems == (
        "row 7 (5.png): patient 'P02' and 'p2' (row 6) differ in spelling only",
    )
    assert "same_name: merge under data:" in caught.value.heading
    assert "same_name: as_written" in caught.value.heading


def test_merging_never_joins_labels(write_table: WriteTable) -> None:
    with pytest.raises(InputError, match="two labels"):
        audit(write_table(ROWS), {"0.png": "2.png"}, "merge")
    joined = audit(write_table(ROWS), {"0.png": "2.png"}, "merge", labelled=False)
    assert joined.merged_patients == {"p1": "p0"}


def test_repeats_of_one_patient_are_counted(write_table: WriteTable) -> None:
    manifest = audit(write_table(ROWS), {"0.png": "1.png"})
    assert manifest.notes == ("images with the pixels of another image of their patient: 1",)


def test_the_real_test_part_has_one_image_under_two_patients(
    shared_data: Path, tmp_path: Path
) -> None:
    manifest = read_manifest(
        shared_data / "chest_xray" / "images.csv",
        columns={"image": "file", "patient": "patient_id"},
        where={"source": "Kermany*", "split": "test"},
    )
    bank = build_bank(list(manifest.table["image"]), tmp_path, size=96)
    assert (bank.info["error"] == "").all()
    with pytest.raises(InputError) as caught:
        check(manifest, bank)
    assert len(caught.value.problems) == 1
    assert "NORMAL2-IM-0095-0001" in caught.value.problems[0]
    assert "NORMAL2-IM-0096-0001" in caught.value.problems[0]
    joined = check(manifest, bank, same_image="merge")
    assert len(set(manifest.groups)) - len(set(joined.groups)) == 1
    assert list(merged(manifest, bank).groups) == list(joined.groups)
