"""Who of a table a model knows, as its study's folder tells."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from pleura.cli import app
from pleura.data.manifest_file import read_manifest
from pleura.data.names import name_key
from pleura.data.readers.dicom.described import keyed_hash
from pleura.errors import InputError
from pleura.external.home import Home, home_of
from pleura.external.membership import NOT_KNOWN, who_is_known
from pleura.external.overlap import find_known, part_of
from tests.external.made import make_study, write_table


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_study(tmp_path_factory.mktemp("study"))


def asked(folder: Path, names: list[str], column: str = "patient") -> Path:
    path = folder / "asked.csv"
    pd.DataFrame({column: names}).to_csv(path, index=False)
    return path


def test_names_alone_are_answered_in_any_spelling(study: Path, tmp_path: Path) -> None:
    table = asked(tmp_path, ["p003", "P 9", "P20", "P77"], "patient_id")
    known = who_is_known(study / "best", table)
    assert known.answers["answer"].tolist() == ["train", "validation", "test", NOT_KNOWN]
    assert known.answers["learned"].tolist() == [True, True, False, False]
    assert known.learned == 2
    assert "1: trained the model" in str(known)


def test_an_image_under_another_name_is_known(study: Path, tmp_path: Path) -> None:
    table = write_table(tmp_path / "new", ["N1", "N2"], seed=5)
    copied = study.parent / "home" / "4_1.png"
    (table.parent / "1_0.png").write_bytes(copied.read_bytes())
    answers = who_is_known(study / "best", table).answers
    assert answers["answer"].tolist() == [NOT_KNOWN, NOT_KNOWN, "train", NOT_KNOWN]
    assert answers["by"].tolist() == ["", "", "image", ""]


def test_with_the_salt_hashed_patients_are_found() -> None:
    hashed = keyed_hash("secret", "patient", name_key("MRN-007"))
    home = Home(Path(), {}, {name_key(hashed): "train"})
    assert part_of(home, "mrn-7", "secret") == "train"
    assert part_of(home, "mrn-7", None) is None
    assert part_of(home, "mrn-7", "another") is None
    assert part_of(home, hashed, None) == "train"


def test_without_the_study_nobody_can_answer(study: Path, tmp_path: Path) -> None:
    model = tmp_path / "model"
    model.mkdir()
    (model / "model.json").write_bytes((study / "best" / "model.json").read_bytes())
    with pytest.raises(InputError, match="a model by itself knows no patient"):
        who_is_known(model, asked(tmp_path, ["P3"]))


def test_a_table_without_patients_and_images_is_told(study: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="neither a column of images nor of patients"):
        who_is_known(study / "best", asked(tmp_path, ["P3"], "when"))


def test_the_command_says_so_by_its_exit_code(study: Path, tmp_path: Path) -> None:
    out = tmp_path / "answers.csv"
    table = asked(tmp_path, ["P3", "P77"])
    command = ["overlap", str(study / "best"), str(table), "--out", str(out)]
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 3, result.output
    assert pd.read_csv(out)["answer"].tolist() == ["train", NOT_KNOWN]
    assert CliRunner().invoke(app, [*command[:2], str(asked(tmp_path, ["P77"]))]).exit_code == 0


def test_a_column_of_patients_is_found_beside_images(study: Path, tmp_path: Path) -> None:
    table = write_table(tmp_path / "new", ["P3", "N2"], seed=5)
    pd.read_csv(table).rename(columns={"patient": "patient_id"}).to_csv(table, index=False)
    answers = who_is_known(study / "best", table).answers
    assert answers["answer"].tolist() == ["train", "train", NOT_KNOWN, NOT_KNOWN]
    assert answers["patient"].tolist() == ["P3", "P3", "N2", "N2"]


@pytest.mark.parametrize(
    ("video", "by"), [(False, "images alone"), (True, "names of videos, and images,")]
)
def test_without_patients_it_is_told_what_was_compared(
    video: bool, by: str, study: Path, tmp_path: Path
) -> None:
    """Videos stand for patients where there are none, and no name of a patient is compared."""
    table = write_table(tmp_path / "new", ["N1"], seed=5)
    rows = pd.read_csv(table)
    assert str(who_is_known(study / "best", table)).count("note:") == 0
    renamed = rows.rename(columns={"patient": "video"}) if video else rows.drop(columns="patient")
    renamed.to_csv(table, index=False)
    told = str(who_is_known(study / "best", table))
    assert (
        f"note: the table has no column of patients (--column patient=NAME names it): {by}" in told
    )


def test_learned_goes_before_all_else_that_a_row_is_known_by(study: Path, tmp_path: Path) -> None:
    table = write_table(tmp_path / "new", ["P3"], seed=5)
    tested = study.parent / "home" / "20_1.png"
    (table.parent / "0_0.png").write_bytes(tested.read_bytes())
    answers = who_is_known(study / "best", table).answers
    assert answers["answer"].tolist() == ["train", "train"]
    assert answers["learned"].all()


def test_a_column_that_is_named_and_not_there_is_refused(study: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no column 'pat'"):
        who_is_known(study / "best", asked(tmp_path, ["P3"]), columns={"patient": "pat"})


def test_a_copy_of_what_made_the_sets_goes_before_one_of_a_test_image(study: Path) -> None:
    manifest = read_manifest(study.parent / "home" / "images.csv")
    home = home_of(study / "best", json.loads((study / "best" / "model.json").read_text()))
    assert home is not None
    [(bank, _)] = home.banks
    twice = tuple((bank, np.full(len(bank), part, dtype=object)) for part in ("sets", "test"))
    known = find_known(manifest, bank, replace(home, banks=twice), strangers=True)
    assert {each.part for each in known} == {"sets"}
    assert all(each.learned for each in known)
