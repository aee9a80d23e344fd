import csv
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pleura.errors import InputError
from pleura.simulate.xray.confounders import Confounder
from pleura.simulate.xray.folder import write_chest_xrays

COLUMNS = (
    *("image", "label", "patient", "source", "age_group", "severity", "view"),
    *("lung_mask", "lesion_mask"),
)


def rows(table: Path) -> list[dict[str, str]]:
    with table.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_table_names_files_that_are_there(tmp_path: Path) -> None:
    table = write_chest_xrays(tmp_path, patients=8, size=32, workers=2)
    found = rows(table)
    assert tuple(found[0]) == COLUMNS
    assert len({row["patient"] for row in found}) == 8
    assert {row["label"] for row in found} == {"normal", "lobar", "interstitial", "ground_glass"}
    for row in found:
        pictures = [Image.open(tmp_path / row[c]) for c in ("image", "lung_mask", "lesion_mask")]
        assert len({p.size for p in pictures}) == 1
        assert {p.mode for p in pictures} == {"L"}
        assert (np.asarray(pictures[2]).max() > 0) == (row["label"] != "normal")


def test_a_finished_folder_is_left_and_a_broken_one_finished(tmp_path: Path) -> None:
    calls: list[tuple[int, int]] = []
    table = write_chest_xrays(tmp_path, patients=3, size=32, workers=1)
    text, image = table.read_text(), tmp_path / rows(table)[0]["image"]
    pixels = image.read_bytes()
    write_chest_xrays(tmp_path, patients=3, size=32, progress=lambda *at: calls.append(at))
    assert calls == []
    table.unlink()
    image.unlink()
    write_chest_xrays(tmp_path, patients=3, size=32, progress=lambda *at: calls.append(at))
    assert calls[-1][0] == calls[-1][1] == len(rows(table))
    assert table.read_text() == text
    assert image.read_bytes() == pixels


def test_other_parameters_need_another_folder(tmp_path: Path) -> None:
    write_chest_xrays(tmp_path, patients=2, size=32, masks=False)
    assert not (tmp_path / "lung_masks").exists()
    with pytest.raises(InputError, match="other parameters"):
        write_chest_xrays(tmp_path, patients=2, size=32, masks=False, seed=1)
    marks = (Confounder("letter", {"lobar": 0.5}),)
    with pytest.raises(InputError, match="other parameters"):
        write_chest_xrays(tmp_path, patients=2, size=32, masks=False, confounders=marks)


def test_a_table_of_somebody_else_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "images.csv").write_text("mine")
    with pytest.raises(InputError, match="somebody else"):
        write_chest_xrays(tmp_path, patients=2, size=32)
    assert (tmp_path / "images.csv").read_text() == "mine"


def test_senseless_parameters_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="at least one patient"):
        write_chest_xrays(tmp_path, patients=0)
    with pytest.raises(InputError, match="measles"):
        write_chest_xrays(tmp_path, patients=2, labels=("measles",))
    assert not any(tmp_path.iterdir())
