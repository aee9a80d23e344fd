import shutil
from pathlib import Path

import pytest
from PIL import Image
from tests.data.sources.layouts import BUILDERS
from typer.testing import CliRunner

from pleura.cli import app
from pleura.data.manifest_file import read_manifest
from pleura.data.sources.listed import SOURCES
from pleura.data.sources.places import public_table
from pleura.errors import InputError


def test_sources_are_listed() -> None:
    answer = CliRunner().invoke(app, ["list", "sources"])
    assert answer.exit_code == 0
    assert "duts" in answer.stdout
    assert "get       checksum published" in answer.stdout


def test_scenes_are_written(tmp_path: Path) -> None:
    answer = CliRunner().invoke(app, ["scenes", str(tmp_path), "--images", "2", "--size", "16"])
    assert answer.exit_code == 0
    assert len(read_manifest(Path(answer.stdout.strip().replace("\n", "")))) == 2


def test_a_folder_is_paired_and_an_unknown_source_told(tmp_path: Path) -> None:
    for name in ("a.jpg", "a.png"):
        Image.new("L", (4, 4)).save(tmp_path / name)
    assert CliRunner().invoke(app, ["data", "pair", str(tmp_path)]).exit_code == 0
    assert len(read_manifest(tmp_path / "images.csv")) == 1
    answer = CliRunner().invoke(app, ["data", "get", "imagenet", str(tmp_path)])
    assert isinstance(answer.exception, InputError)


def test_images_of_unknown_patients_are_told_with_what_would_tell_them(tmp_path: Path) -> None:
    BUILDERS["rsna-pneumonia"](tmp_path / "copy")
    command = ["data", "get", "rsna-pneumonia", str(tmp_path / "a"), "--from", f"{tmp_path}/copy"]
    assert "every image counts as a patient" not in CliRunner().invoke(app, command).stdout
    next((tmp_path / "copy").rglob("*mappings*.json")).unlink()
    said = " ".join(CliRunner().invoke(app, command).stdout.split())
    assert "every image counts as a patient of its own" in said
    assert "patients are those of ChestX-ray14" in said


def test_images_that_are_missing_of_a_known_number_are_told(tmp_path: Path) -> None:
    BUILDERS["kermany"](tmp_path / "copy")
    command = ["data", "get", "kermany", str(tmp_path / "a"), "--from", f"{tmp_path}/copy"]
    said = " ".join(CliRunner().invoke(app, command).stdout.split())
    assert "note: 6 images of kermany here; its authors publish 5,856 images" in said
    for path in (tmp_path / "copy").rglob("*.jpeg"):
        path.unlink()
    answer = CliRunner().invoke(app, command)
    assert isinstance(answer.exception, InputError)
    assert "copy: no image of kermany is there" in str(answer.exception)


def test_a_copy_is_listed_where_public_tables_are_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    BUILDERS["mimic-cxr-jpg"](tmp_path / "copy")
    shutil.rmtree(tmp_path / "copy" / "mimic-cxr-jpg" / "2.0.0" / "files" / "p10")
    monkeypatch.setenv("PLEURA_DATA", str(tmp_path / "data"))
    answer = CliRunner().invoke(
        app, ["data", "get", "mimic-cxr-jpg", "--from", str(tmp_path / "copy")]
    )
    assert answer.exit_code == 0
    said = " ".join(answer.stdout.split())
    for words in ("PhysioNet Credentialed", "2 images of its tables are not there", "1 image: "):
        assert words in said
    assert len(read_manifest(public_table("mimic-cxr-jpg", tmp_path), labelled=False)) == 1


def test_what_is_left_out_and_what_must_be_known_is_said(tmp_path: Path) -> None:
    for name, words in (
        ("bimcv-covid19", ["note: 1 image left out: no header (.json) lies beside it"]),
        ("rsna-pneumonia", ["note: 1 image left out: damaged header"]),
        ("kermany", ["note: person7_bacteria and person7_virus count as two patients"]),
        ("kermany-covid", ["note: person7_bacteria and person7_virus count as two patients"]),
    ):
        copy = tmp_path / name
        for part in SOURCES[name].parts or (SOURCES[name],):
            BUILDERS[part.name](copy)
        if name == "rsna-pneumonia":
            (copy / "stage_2_train_images" / "u1.dcm").write_bytes(b"no DICOM")
        command = ["data", "get", name, str(tmp_path / "data" / name), "--from", str(copy)]
        said = " ".join(CliRunner().invoke(app, command).stdout.split())
        assert all(word in said for word in words), said
