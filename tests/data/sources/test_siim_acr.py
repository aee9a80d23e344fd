from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.data.sources.layouts import BUILDERS, dicom
from tests.data.sources.made import text

from pleura.data.sources.get import get_source
from pleura.data.sources.listed import SOURCES
from pleura.errors import InputError

SOURCE = SOURCES["siim-acr"]


def test_labels_of_the_second_stage_are_of_both_folders(tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    BUILDERS["siim-acr"](copy / "siim")
    test = copy / "siim" / "dicom-images-test" / "study" / "series"
    dicom(test / "1.2.5.dcm", PatientID="p5")
    (test / "1.2.6.dcm").write_bytes(b"no DICOM")
    text(
        copy / "stage_2_train.csv",
        *("ImageId,EncodedPixels", "1.2.3,-1", "1.2.5,2 2", "1.2.6,-1", "1.2.7,-1"),
    )
    listed = get_source(SOURCE, tmp_path / "data", copy)
    labels = {Path(str(row["image"])).name: row["label"] for row in listed.rows}
    assert labels == {"1.2.3.dcm": "none", "1.2.5.dcm": "pneumothorax"}
    assert (listed.absent, dict(listed.left_out)) == (1, {"damaged header": 1})
    ill = np.asarray(Image.open(str(listed.rows[1]["mask"])))
    assert np.argwhere(ill).tolist() == [[2, 0], [3, 0]]


def test_one_table_must_be_there(tmp_path: Path) -> None:
    BUILDERS["siim-acr"](tmp_path / "copy")
    (tmp_path / "copy" / "train-rle.csv").unlink()
    with pytest.raises(InputError, match=r"neither stage_2_train\.csv nor train-rle\.csv"):
        get_source(SOURCE, tmp_path / "data", tmp_path / "copy")


@pytest.mark.parametrize("runs", ["2 2 5", "2 a", "2 -1", "1048570 10"])
def test_run_lengths_that_are_cut_off_make_no_mask(runs: str, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    BUILDERS["siim-acr"](copy)
    text(copy / "stage_2_train.csv", "ImageId,EncodedPixels", f"1.2.3,{runs}", "1.2.4,-1")
    with pytest.raises(InputError, match=r"1\.2\.3: its run lengths are cut off or damaged"):
        get_source(SOURCE, tmp_path / "data", copy)
    assert not list((tmp_path / "data").rglob("1.2.3.png"))
