import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from pleura.cli import app
from pleura.data.manifest_file import read_manifest
from pleura.errors import InputError
from pleura.simulate.ultrasound.folder import write_lung_ultrasound
from pleura.simulate.ultrasound.structures import FLAGS, LEAST, sparse_of

COLUMNS = (
    *("image", "label", "patient", "video", "frame", "mask_dense", "mask_sparse"),
    *("probe", "spacing", *FLAGS),
)


def rows(table: Path) -> list[dict[str, str]]:
    with table.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("phantom")
    return write_lung_ultrasound(folder, patients=8, clips=2, frames=2, size=64, seed=1)


def test_the_table_names_files_that_are_there_and_tells_what_they_show(written: Path) -> None:
    found = rows(written)
    assert tuple(found[0]) == COLUMNS
    assert len(found) == 8 * 2 * 2
    assert found[0]["patient"] == "phantom-ultrasound-0001"
    assert {row["label"] for row in found} == {
        "healthy",
        "interstitial",
        "consolidation",
        "effusion",
    }
    assert {row["probe"] for row in found} == {"convex", "linear"}
    for row in found:
        pictures = [Image.open(written.parent / row[c]) for c in COLUMNS[:1] + COLUMNS[5:7]]
        assert {p.size for p in pictures} == {(64, 64)}
        assert {p.mode for p in pictures} == {"L"}
        dense, sparse = (np.asarray(p) for p in pictures[1:])
        assert np.array_equal(sparse, sparse_of(dense))
        for name, value in FLAGS.items():
            assert int(row[name]) == int((dense == value).mean() >= LEAST)
        assert 0.4 < float(row["spacing"]) < 3


def test_clips_belong_to_one_patient_and_patients_to_one_label(written: Path) -> None:
    found = rows(written)
    for inner, outer in (("video", "patient"), ("patient", "label"), ("patient", "probe")):
        pairs = {(row[inner], row[outer]) for row in found}
        assert len(pairs) == len({pair[0] for pair in pairs})
    assert [row["frame"] for row in found[:4]] == ["0", "1", "0", "1"]


def test_pleura_reads_the_table(written: Path) -> None:
    manifest = read_manifest(written)
    assert len(manifest.table) == 32
    assert manifest.table["video"].nunique() == 16


def test_a_finished_folder_is_left_and_a_broken_one_finished(tmp_path: Path) -> None:
    options: dict[str, Any] = {"patients": 2, "clips": 1, "frames": 1, "size": 32}
    table = write_lung_ultrasound(tmp_path, **options)
    text, image = table.read_text(), tmp_path / rows(table)[0]["image"]
    pixels = image.read_bytes()
    image.write_bytes(b"mine")
    write_lung_ultrasound(tmp_path, **options)
    assert image.read_bytes() == b"mine"
    table.unlink()
    write_lung_ultrasound(tmp_path, **options)
    assert table.read_text() == text
    assert image.read_bytes() == pixels
    with pytest.raises(InputError, match="other parameters"):
        write_lung_ultrasound(tmp_path, **options, seed=1)


def test_progress_counts_clips(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    write_lung_ultrasound(
        tmp_path, patients=2, clips=3, frames=1, size=32, progress=lambda *it: told.append(it)
    )
    assert told == [(n, 6) for n in range(1, 7)]


def test_a_table_of_somebody_else_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "images.csv").write_text("mine")
    with pytest.raises(InputError, match="somebody else"):
        write_lung_ultrasound(tmp_path, patients=2)
    assert (tmp_path / "images.csv").read_text() == "mine"


def test_senseless_parameters_are_refused_all_at_once(tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        write_lung_ultrasound(tmp_path, patients=0, clips=0, frames=0, size=8, seed=-1)
    assert len(error.value.problems) == 5
    assert not any(tmp_path.iterdir())


def test_the_command_line_writes_either_kind(tmp_path: Path) -> None:
    command = ["phantom", str(tmp_path), "--kind", "lung-ultrasound", "--patients", "8"]
    wrong = CliRunner().invoke(app, [*command, "--confounder", "letter:lobar=1"])
    assert isinstance(wrong.exception, InputError)
    assert "--confounder" in str(wrong.exception)
    assert not any(tmp_path.iterdir())
    small = ["--size", "32", "--clips", "1", "--frames", "1"]
    right = CliRunner().invoke(app, [*command, *small])
    assert right.exit_code == 0, right.output
    assert len(rows(tmp_path / "images.csv")) == 8
    xray = CliRunner().invoke(app, ["phantom", str(tmp_path / "x"), "--clips", "2"])
    assert isinstance(xray.exception, InputError)
    assert "--clips" in str(xray.exception)
