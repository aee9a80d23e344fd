"""The section on what the audit of a study's images has found."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from pleura.report.classification import read_classifiers
from pleura.report.section import Caution
from pleura.report.sections.audit import find_suspects
from pleura.tables import AUDIT
from tests.report.conftest import cautions_of, study_of
from tests.report.written import write_report

MakeStudy = Callable[..., Path]
COLUMNS = ["kind", "rows", "images", "patients", "score", "text", "leak", "file"]


@pytest.fixture
def folder(make_study: MakeStudy) -> Path:
    folder = make_study({"scratch": 1.0}, fractions=(1.0,), seeds=(0,))
    (folder / "panels").mkdir(exist_ok=True)
    Image.fromarray(np.zeros((8, 20), np.uint8)).save(folder / "panels" / "audit_000.png")
    return folder


def suspected(folder: Path) -> list[Caution]:
    every = cautions_of(study_of(read_classifiers(folder)))
    return [each for each in every if "suspects" in each.text]


def test_a_study_that_was_not_looked_at_says_nothing(folder: Path) -> None:
    (folder / AUDIT).unlink(missing_ok=True)
    assert find_suspects(study_of(read_classifiers(folder)).recipes) is None


def write_audit(folder: Path, *rows: tuple[object, ...]) -> None:
    pd.DataFrame(rows, columns=COLUMNS).to_csv(folder / AUDIT, index=False)


def test_suspects_are_shown_and_cautioned_of(folder: Path) -> None:
    near = "near duplicate", "2; 3", "a.png; b.png", "p1", 0.99, "a.png and b.png <same>", False
    write_audit(
        folder, (*near, "audit_000.png"), ("inverted", "4", "c.png", "p2", 1, "c", False, "")
    )
    found = [
        each for each in cautions_of(study_of(read_classifiers(folder))) if "suspects" in each.text
    ]
    assert [each.serious for each in found] == [False]
    assert "near duplicate (1) and inverted (1)" in found[0].text
    page = write_report(folder).read_text()
    section = re.findall(r'id="audit".*?</section>', page, re.DOTALL)[0]
    assert section.count("data:image/png") == 1
    assert "a.png and b.png &lt;same&gt;" in section


def test_images_on_both_sides_of_the_split_are_a_serious_caution(folder: Path) -> None:
    recut = "cut differently", "2; 3", "a.png; b.png", "p1; p2", 0.97, "the same image"
    write_audit(folder, (*recut, True, ""), (*recut, False, ""))
    found = cautions_of(study_of(read_classifiers(folder)))
    serious = [each.text for each in found if each.serious and "both sides" in each.text]
    assert len(serious) == 1
    assert serious[0].startswith("1 image cut differently for two patients stands on both sides")


def test_that_nothing_was_found_is_said(folder: Path) -> None:
    write_audit(folder)
    assert not [
        each for each in cautions_of(study_of(read_classifiers(folder))) if "suspect" in each.text
    ]
    assert "none was found" in write_report(folder).read_text()


def test_without_an_audit_nothing_is_said(folder: Path) -> None:
    assert 'id="audit"' not in write_report(folder).read_text()


def test_captions_name_files_without_their_folders(folder: Path) -> None:
    images = "/ward 7/Doe/clip.mp4::17; /ward 7/Doe/x.png"
    text = "row 2 (/ward 7/Doe/clip.mp4::17) and row 3 (/ward 7/Doe/x.png) are the same image"
    write_audit(folder, ("cut", "2; 3", images, "p1", 0.9, text, False, "audit_000.png"))
    page = write_report(folder).read_text()
    assert "row 2 (clip.mp4::17) and row 3 (x.png) are the same image" in page
    assert "ward 7" not in page
