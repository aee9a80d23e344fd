"""Labels and findings of a table as a check takes them: what is looked at, and what is told of the
rest."""

import warnings
from collections.abc import Callable
from pathlib import Path

import pytest

from pleura.check import clues, run
from pleura.check.clues import KIND
from pleura.check.judged import MANY, judged_labels
from pleura.check.run import STOPPED, Check, check_table
from pleura.check.unfit import TABLE_FAULT
from pleura.data.audit.detectors import DETECTORS
from pleura.data.manifest import Manifest
from pleura.data.manifest_file import read_manifest
from tests.check.made_images import Cells, write_images

OF_LABELS = tuple(each for each in DETECTORS if each.name in ("duplicates", "labels"))


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "DETECTORS", ())
    monkeypatch.setattr(clues, "TREES", 20)


def checked(folder: Path, images: int, cells: Callable[[int], Cells]) -> Check:
    """The check of a table of so many images, one a patient, that lets no warning through."""
    table = write_images(folder, images, cells, [*range(images - 1), 0])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return check_table(table, folder / "out", size=32)


def two_findings(number: int) -> Cells:
    """Edema where the view is AP, and an effusion in a third of the images, not known of some."""
    there = number % 2
    effusion = "" if number in (3, 4) else str(int(number % 3 == 0))
    return {"Edema": str(there), "Effusion": effusion, "view": ("PA", "AP")[there]}


def test_findings_in_columns_are_told_by_clues_each_by_itself(tmp_path: Path) -> None:
    check = checked(tmp_path, 32, two_findings)
    manifest = check.checked.manifest
    assert manifest.classes == ("Edema", "Effusion")
    assert len(manifest) == 32
    [told] = [found.text for found in check.checked.findings if found.kind == KIND]
    assert told.startswith("“Edema” is told from the rest by view")
    assert "How well class is told by what is no disease." in check.page.read_text()


def test_one_image_with_and_without_a_finding_stops_a_study(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "DETECTORS", OF_LABELS[:1])
    check = checked(tmp_path, 32, two_findings)  # the last shows the first
    assert check.exit_code == STOPPED
    assert any("label" in found.text for found in check.checked.findings if found.stops)


def test_findings_between_bars_are_no_classes(tmp_path: Path) -> None:
    def cells(number: int) -> Cells:
        names = ["Edema"] * (number % 2) + ["Mass"] * (number % 3 == 0)
        return {"label": "|".join(names) or "No Finding", "view": ("PA", "AP")[number % 2]}

    check = checked(tmp_path, 32, cells)
    assert check.checked.manifest.classes == ("Edema", "Mass")
    assert any("“Edema” is told" in found.text for found in check.checked.findings)


def test_images_of_which_no_finding_is_known_are_looked_at_all_the_same(tmp_path: Path) -> None:
    def cells(number: int) -> Cells:
        return {"Edema": "" if number < 4 else str(number % 2)}

    check = checked(tmp_path, 24, cells)
    assert len(check.checked.manifest) == 24
    assert (check.checked.manifest.labels[:4] == -1).all()


def test_more_labels_than_can_be_told_apart_are_not_judged_and_that_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "DETECTORS", OF_LABELS)
    check = checked(tmp_path, 40, lambda i: {"label": f"report {i}", "source": "xy"[i % 2]})
    for told in (str(check), check.page.read_text()):
        assert "Not looked at: labels: fewer than two have 6 patients or more" in told
    assert "a simple model" not in check.page.read_text()
    assert "How well source is told" in check.page.read_text()


def test_where_labels_are_not_there_it_is_not_said_that_they_were_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "DETECTORS", OF_LABELS)
    check = check_table(write_images(tmp_path, 8, lambda _: {}), tmp_path / "out", size=32)
    assert "Nothing was found in what was looked at. Not looked at: labels: there are none." in str(
        check
    )
    page = check.page.read_text().split("What was looked for</h2>")[1]
    assert "label" not in page and "told" not in page


def test_labels_of_two_spellings_are_a_fault_of_the_table(tmp_path: Path) -> None:
    check = check_table(
        write_images(tmp_path, 8, lambda i: {"label": ("Edema", "edema", "b")[i % 3]}),
        tmp_path / "out",
        size=32,
    )
    [fault] = [found.text for found in check.checked.findings if found.kind == TABLE_FAULT]
    assert "differ in case" in fault


def labelled(folder: Path, labels: list[str]) -> Manifest:
    return read_manifest(write_images(folder, len(labels), lambda i: {"label": labels[i]}))


def test_classes_of_enough_patients_are_judged(tmp_path: Path) -> None:
    judged = judged_labels(labelled(tmp_path, ["a"] * 6 + ["b"] * 7 + ["rare"] * 5))
    assert judged.manifest.classes == ("a", "b")
    assert judged.unseen == ("labels that fewer than 6 patients have: rare",)
    assert (judged.manifest.single_labels[13:] == -1).all()


def test_too_many_classes_are_not_judged(tmp_path: Path) -> None:
    judged = judged_labels(labelled(tmp_path, [f"c{i % (MANY + 1)}" for i in range(6 * MANY + 6)]))
    assert not judged.manifest.labelled
    assert judged.unseen == ("labels: 31 classes are too many to be told apart (at most 30 are)",)
