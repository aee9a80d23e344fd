import json
from pathlib import Path

import numpy as np
import pandas as pd
from benchmarks.dicom_files import write

from pleura.check.run import check_table
from pleura.data.audit import check
from pleura.data.bank import build_bank
from pleura.data.manifest import Manifest
from pleura.data.manifest_file import read_manifest

TOLD = (
    "samples with more bits than the header of their file says (BitsStored): those of 2 DICOM "
    "files, such as row 3 (i1.dcm); the bits beyond were taken away, as DCMTK does"
)


def table_of(folder: Path) -> Manifest:
    """Eight DICOM files of 12 bits, two of which have values of 13."""
    random = np.random.default_rng(0)
    for number in range(8):
        highest = 2**13 if number in (1, 6) else 2**12
        pixels = random.integers(0, highest, (32, 32), np.uint16)
        write(folder / f"i{number}.dcm", pixels, BitsStored=12)
    names = [f"i{number}.dcm" for number in range(8)]
    table = pd.DataFrame({"image": names, "label": [*"abababab"], "patient": names})
    table.to_csv(folder / "images.csv", index=False)
    return read_manifest(folder / "images.csv")


def test_a_study_and_a_check_tell_how_many_files_and_what_to_do(tmp_path: Path) -> None:
    manifest = table_of(tmp_path)
    images = manifest.table["image"].tolist()
    bank = build_bank(images, tmp_path / "out" / "bank", size=32)
    (note,) = [each for each in check(manifest, bank).notes if "BitsStored" in each]
    assert note.startswith(TOLD)
    assert note.endswith("look at these images, and export them again or leave them out")
    check_table(tmp_path / "images.csv", tmp_path / "out", size=32)
    assert TOLD in (tmp_path / "out" / "audit.html").read_text()


def test_a_bank_of_an_earlier_version_is_decoded_again_and_keeps_its_key(tmp_path: Path) -> None:
    images = table_of(tmp_path).table["image"].tolist()
    bank = build_bank(images, tmp_path / "bank", size=32)
    path = bank.folder / "bank.json"
    content = json.loads(path.read_text())
    content["images"] = [values[:-1] for values in content["images"]]
    path.write_text(json.dumps(content))
    again = build_bank(images, tmp_path / "bank", size=32)
    assert again.info["cut"].tolist() == [number in (1, 6) for number in range(8)]
    assert again.key == bank.key
