from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.data.sources.bimcv import SHOWN, bimcv_covid19

from pleura.data.sources.get import get_source
from pleura.data.sources.listed import SOURCES
from pleura.errors import InputError

SOURCE = SOURCES["bimcv-covid19"]


def test_images_are_shown_by_their_headers_and_those_without_are_counted(tmp_path: Path) -> None:
    bimcv_covid19(tmp_path / "copy")
    listed = get_source(SOURCE, tmp_path / "data", tmp_path / "copy")
    pixels = [np.asarray(Image.open(str(row["image"]))).tolist() for row in listed.rows]
    negative = [[255, 255, 127], [0, 0, 0]]
    assert pixels == [SHOWN, SHOWN, negative]
    assert listed.rows[0]["image"] == (
        tmp_path / "data/images/sub-S1/ses-E1/sub-S1_ses-E1_run-1_bp-chest_vp-ap_dx.png"
    )
    assert [row["manufacturer"] for row in listed.rows] == ["SIEMENS"] * 3
    assert (listed.absent, dict(listed.left_out)) == (0, {"no header (.json) lies beside it": 1})
    assert get_source(SOURCE, tmp_path / "data", tmp_path / "copy").left_out == listed.left_out


def test_where_no_header_is_there_the_reason_is_told(tmp_path: Path) -> None:
    bimcv_covid19(tmp_path / "copy")
    for path in (tmp_path / "copy").rglob("*.json"):
        path.unlink()
    with pytest.raises(InputError, match=r"4 images left out: no header \(\.json\)"):
        get_source(SOURCE, tmp_path / "data", tmp_path / "copy")


def test_labels_of_either_iteration_are_read(tmp_path: Path) -> None:
    bimcv_covid19(tmp_path / "copy")
    table = next((tmp_path / "copy").rglob("labels_covid_posi.tsv"))
    table.rename(table.with_name("labels_covid19_posi.tsv"))
    listed = get_source(SOURCE, tmp_path / "data", tmp_path / "copy")
    assert listed.rows[0]["label"] == "COVID 19|pneumonia"
    table.with_name("labels_covid19_posi.tsv").unlink()
    with pytest.raises(InputError, match="neither labels_covid_posi"):
        get_source(SOURCE, tmp_path / "data", tmp_path / "copy")
