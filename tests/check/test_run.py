"""A check from table to page."""

import csv
import warnings
from collections.abc import Callable
from html import unescape
from pathlib import Path

import pytest

from pleura.check import clues, run
from pleura.check.clues import KIND, ONE_SOURCE
from pleura.check.images import columns_of
from pleura.check.run import STOPPED, TO_MERGE, check_table
from pleura.check.split import PATIENT
from pleura.check.unfit import TABLE_FAULT, UNREADABLE
from pleura.data.audit.detectors import DETECTORS
from pleura.data.audit.table import COLUMNS
from pleura.data.lung_regions import COLUMN
from pleura.errors import InputError
from tests.check.made_images import Cells, write_images

DUPLICATES = tuple(each for each in DETECTORS if each.name == "duplicates")


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small forests and no detectors, which have tests of their own."""
    monkeypatch.setattr(run, "DETECTORS", ())
    monkeypatch.setattr(clues, "TREES", 20)


def told_by_source(number: int) -> Cells:
    """Class a is of two hospitals, b of one."""
    label = "ab"[number % 2]
    return {"label": label, "source": "south" if label == "b" or number < 12 else "north"}


def test_what_is_planted_stands_in_table_and_page(tmp_path: Path) -> None:
    table = write_images(tmp_path, 36, told_by_source)
    (tmp_path / "i07.png").write_bytes(b"no image")
    check = check_table(table, tmp_path / "out", size=32)
    with check.table.open() as file:
        rows = list(csv.DictReader(file))
    found = {row["kind"]: row for row in rows}
    assert list(rows[0]) == list(COLUMNS)
    assert found[ONE_SOURCE]["text"].startswith("All 18 images of “b” come from south")
    assert found[UNREADABLE]["rows"] == "9"  # the line in the file
    assert found[UNREADABLE]["images"] == "i07.png"
    assert found[UNREADABLE]["patients"] == "p7"
    assert found[UNREADABLE]["leak"] == "True"
    assert "source" in found[KIND]["text"]
    page = check.page.read_text()
    assert "All 18 images of “b” come from south" in page
    assert "data:image/jpeg;base64" in page
    assert "http" not in page.split("<main>")[1]
    assert "1 leak would stop a study" in str(check)


def with_copy(folder: Path, *parts: str) -> Path:
    """A table of eight images, of which the last shows the first one, in these `parts`."""
    of = dict(enumerate(parts))
    return write_images(
        folder, 8, lambda i: {"split": of[i]} if of else {"label": "ab"[i % 2]}, [*range(6), 0, 7]
    )


def test_what_a_study_can_merge_is_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "DETECTORS", DUPLICATES)
    table = with_copy(tmp_path)
    check = check_table(table, tmp_path / "out", size=32)
    page = check.page.read_text()
    assert "1 set of copies under several patients would stop a study that does not say" in page
    assert "stops unless it merges patients (1)" in page
    assert "No setting mends" not in page
    assert "exact duplicate: 1, of which 1 would stop one that does not say" in str(check)
    with check.table.open() as file:
        [row] = csv.DictReader(file)
    assert (row["leak"], row["merge"]) == ("True", "True")
    assert check.exit_code == TO_MERGE
    table.write_text(table.read_text().replace("i06.png,p6", "i06.png,p0"))
    assert check_table(table, tmp_path / "out", size=32).exit_code == 0


def test_a_published_split_merges_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "DETECTORS", DUPLICATES)
    table = with_copy(tmp_path, *["train"] * 6, "test", "test")
    for split in (None, table):
        check = check_table(table, tmp_path / "out", split=split, size=32)
        assert [(each.leak, each.merge) for each in check.checked.findings] == [(True, False)]
        assert check.exit_code == STOPPED
        assert "No setting mends it" in check.page.read_text()


@pytest.mark.parametrize(("says", "code"), [("refuse", TO_MERGE), ("merge", 0)])
def test_the_patients_that_a_study_merges_are_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, says: str, code: int
) -> None:
    monkeypatch.setattr(run, "DETECTORS", DUPLICATES)
    table = with_copy(tmp_path)
    study = tmp_path / "study.yaml"
    study.write_text(
        f"question: Which?\ndata: {{manifest: {table.name}, size: 32, same_image: {says}}}\n"
        "split: {test: 0.3, validation: 0.3}\nseeds: [0]\nreference: scratch\n"
        "recipes: {scratch: {backbone: squeezenet1_0, weights: random, strategy: fine_tuning}}\n"
    )
    (tmp_path / "checks").mkdir()
    check = check_table(study, tmp_path / "checks")
    assert check.exit_code == code
    joined = "patients who share an image count as one (once): p0 = p6" in check.page.read_text()
    assert joined == (says == "merge")


def test_labels_and_sources_that_are_not_there_are_not_asked_for(tmp_path: Path) -> None:
    table = write_images(tmp_path, 8, lambda _: {})
    check = check_table(table, tmp_path / "out", size=32)
    assert check.checked.findings == []
    assert check.checked.areas.empty
    page = check.page.read_text()
    assert "Nothing was found" in page
    assert "the middle square of each image, at 32 x 32 pixels" in page
    assert "looked at for letters: 8 whole images of 8" in page


def test_images_without_a_label_are_looked_at_all_the_same(tmp_path: Path) -> None:
    table = write_images(
        tmp_path, 30, lambda i: {"label": "" if i < 6 else "ab"[i % 2], "view": "PA"}
    )
    check = check_table(table, tmp_path / "out", size=32)
    manifest = check.checked.manifest
    assert manifest.classes == ("a", "b")
    assert (manifest.labels[:6] == -1).all()
    assert check.checked.areas["images"].max() == 24


def test_a_split_is_checked_against_the_images(tmp_path: Path) -> None:
    table = write_images(tmp_path, 6, lambda i: {"label": "ab"[i % 2], "patient": f"p{i // 2}"})
    (tmp_path / "theirs.csv").write_text("image,part\ni00.png,train\ni01.png,test\ni04.png,test\n")
    said: list[str] = []
    check = check_table(
        table, tmp_path / "out", split=tmp_path / "theirs.csv", size=32, announce=said.append
    )
    [found] = check.checked.findings
    assert (found.kind, found.rows, found.leak) == (PATIENT, (0, 1), True)
    told = "theirs.csv: 3 of 6 images are in a part (by path, column 'image')"
    assert told in unescape(check.page.read_text())
    assert told in said
    assert "What else is wrong cannot be told" not in str(check)


def test_a_split_that_says_too_little_is_not_called_sound(tmp_path: Path) -> None:
    table = write_images(tmp_path, 6, lambda i: {"label": "ab"[i % 2]})
    (tmp_path / "theirs.csv").write_text("image,part\ni00.png,train\ni01.png,test\n")
    check = check_table(table, tmp_path / "out", split=tmp_path / "theirs.csv", size=32)
    assert "Nothing was found" not in str(check) + check.page.read_text()
    assert "cannot be told: it puts only 2 of 6 images into a part" in check.page.read_text()


def test_a_leak_is_one_though_the_split_says_too_little(tmp_path: Path) -> None:
    table = write_images(tmp_path, 6, lambda i: {"label": "ab"[i % 2], "patient": f"p{i // 2}"})
    (tmp_path / "theirs.csv").write_text("image,part\ni00.png,train\ni01.png,test\n")
    check = check_table(table, tmp_path / "out", split=tmp_path / "theirs.csv", size=32)
    assert "1 leak would stop a study" in str(check)
    assert "What else is wrong cannot be told: it puts only 2 of 6 images into a part." in str(
        check
    )


def test_a_public_source_is_checked_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLEURA_DATA", str(tmp_path))
    (tmp_path / "kermany").mkdir()
    write_images(tmp_path / "kermany", 8, lambda _: {})
    check = check_table("public:kermany", tmp_path / "out", size=32)
    assert len(check.checked.manifest) == 8
    assert "<h1>kermany/images.csv</h1>" in check.page.read_text()
    with pytest.raises(InputError, match="pleura data get pocus"):
        check_table("public:pocus", tmp_path / "out", size=32)
    with pytest.raises(InputError, match=r"public:kermani.*did you mean 'kermany'"):
        check_table("public:kermani", tmp_path / "out", size=32)


def test_an_image_listed_in_two_parts_stands_on_the_page(tmp_path: Path) -> None:
    table = write_images(tmp_path, 4, lambda i: {"label": "ab"[i % 2]})
    lines = "i00.png,train\ni01.png,test\ni02.png,test\ni00.png,test\n"
    (tmp_path / "theirs.csv").write_text(f"image,part\n{lines}")
    check = check_table(table, tmp_path / "out", split=tmp_path / "theirs.csv", size=32)
    assert "1 leak would stop a study" in str(check)
    assert "i00.png is listed in train (line 2) and test (line 5)" in check.page.read_text()


def test_an_image_that_is_listed_twice_is_asked_of_clues_once(tmp_path: Path) -> None:
    table = write_images(tmp_path, 16, told_by_source)
    text = table.read_text()
    again = text.splitlines()[1].replace(",p0,", ",p99,")
    table.write_text(f"{text}{again}\n")
    check = check_table(table, tmp_path / "out", size=32)
    assert check.page.is_file()
    assert not check.checked.areas.empty


def test_a_study_keeps_its_own_audit(tmp_path: Path) -> None:
    table = write_images(tmp_path, 8, lambda _: {})
    (tmp_path / "study").mkdir()
    (tmp_path / "study" / "study.yaml").touch()
    with pytest.raises(InputError, match="a study's folder"):
        check_table(table, tmp_path / "study", size=32)
    assert [path.name for path in (tmp_path / "study").iterdir()] == ["study.yaml"]


def test_a_table_without_patients_is_told_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "images.csv").write_text("image,label\na.png,a\n")
    with pytest.raises(InputError, match="--image-is-patient"):
        check_table(tmp_path / "images.csv", tmp_path / "out", size=32)


def test_columns_are_pairs() -> None:
    assert columns_of([f"{COLUMN}=mask", "image = file"]) == {COLUMN: "mask", "image": "file"}
    with pytest.raises(InputError, match="patient=patient_id"):
        columns_of(["image"])


def test_the_page_names_files_and_the_table_has_their_addresses(tmp_path: Path) -> None:
    images = write_images(tmp_path, 8, lambda _: {})
    (tmp_path / "i03.png").write_bytes(b"no image")
    elsewhere = tmp_path / "tables" / "images.csv"
    elsewhere.parent.mkdir()
    with images.open() as file:
        rows = list(csv.DictReader(file))
    with elsewhere.open("w") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(row | {"image": str(tmp_path / row["image"])} for row in rows)
    check = check_table(elsewhere, tmp_path / "out", size=32)
    assert str(tmp_path / "i03.png") in check.table.read_text()
    page = check.page.read_text()
    assert "Row 5 (i03.png)" in page
    assert str(tmp_path) not in page


@pytest.mark.parametrize("images", [1, 2, 3])
def test_labels_of_few_images_each_are_no_error(tmp_path: Path, images: int) -> None:
    table = write_images(
        tmp_path, 24, lambda i: {"label": f"report {i // images}", "source": "xy"[i % 2]}
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check = check_table(table, tmp_path / "out", size=32)
    assert set(check.checked.areas["target"]) == {"source"}


def of_two_parts(folder: Path, patients: Callable[[int], str]) -> tuple[Path, Path]:
    """A table of six images, and a split of them in train and test in turn."""
    table = write_images(folder, 6, lambda i: {"label": "ab"[i % 2], "patient": patients(i)})
    lines = [f"i{i:02d}.png,{('train', 'test')[i % 2]}\n" for i in range(6)]
    (folder / "theirs.csv").write_text("".join(["image,part\n", *lines]))
    return table, folder / "theirs.csv"


def test_a_split_of_images_that_cannot_be_read_is_not_called_sound(tmp_path: Path) -> None:
    table, split = of_two_parts(tmp_path, lambda i: f"p{i}")
    for number in (1, 2):
        (tmp_path / f"i{number:02d}.png").write_bytes(b"no image")
    check = check_table(table, tmp_path / "out", split=split, size=32)
    assert [found.kind for found in check.checked.findings] == [UNREADABLE] * 2
    assert check.exit_code == STOPPED
    assert "cannot be told: 2 images in its parts could not be looked at." in str(check)


def test_a_split_of_nobody_knows_whom_is_not_called_sound(tmp_path: Path) -> None:
    table, split = of_two_parts(tmp_path, lambda i: "" if i < 2 else f"p{i}")
    check = check_table(table, tmp_path / "out", split=split, size=32)
    assert {found.kind for found in check.checked.findings} == {TABLE_FAULT}
    assert check.exit_code == STOPPED
    assert "cannot be told: of 2 images in its parts the patient is not known." in str(check)
