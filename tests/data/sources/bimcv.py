"""A small made-up copy of BIMCV-COVID19+, see `layouts`: bare values, their headers as JSON."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from tests.data.sources.made import images, table

# Values of 12 bits in a PNG of 16, and what the window 1000 wide around 2000 makes of them.
VALUES = np.array([[0, 1500, 2000], [2499, 3000, 4095]], np.uint16)
SHOWN = [[0, 0, 128], [255, 255, 255]]
Elements = Mapping[str, tuple[str, list[Any]]]
WINDOW: Elements = {"00281050": ("DS", [2000.0]), "00281051": ("DS", [1000.0])}


def xray(path: Path, elements: Elements | None, values: Any = VALUES) -> None:
    """Write an X-ray, and beside it its header with these elements; none where they are None."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(values).save(path)
    if elements is not None:
        header = {
            "00080020": ("DA", ["20200301"]),
            "00080030": ("TM", ["101530.123"]),
            "00080060": ("CS", ["DX"]),
            "00080070": ("LO", ["SIEMENS"]),
            "00100040": ("CS", ["M"]),
            "00101010": ("AS", ["065Y"]),
            "00280004": ("CS", ["MONOCHROME2"]),
            "00280101": ("US", [12]),
            **elements,
        }
        cells = {name: {"vr": vr, "Value": value} for name, (vr, value) in header.items()}
        path.with_suffix(".json").write_text(json.dumps(cells), encoding="utf-8")


def bimcv_covid19(folder: Path) -> None:
    head = folder / "covid19_posi"
    one = head / "sub-S1" / "ses-E1" / "mod-rx" / "sub-S1_ses-E1_run-1_bp-chest_vp-ap_dx.png"
    xray(one, WINDOW)
    two = head / "sub-S2" / "ses-E2" / "mod-rx" / "sub-S2_ses-E2_run-1_cr.png"
    negative = {"00280004": ("CS", ["MONOCHROME1"]), "00101010": ("AS", []), "00100040": ("CS", [])}
    xray(two, {**WINDOW, **negative})
    xray(two.with_name("sub-S2_ses-E2_run-2_cr.png"), None)
    later = head / "sub-S1" / "ses-E4" / "mod-rx" / "sub-S1_ses-E4_run-1_bp-chest_vp-pa_dx.png"
    xray(later, {**WINDOW, "00080020": ("DA", ["20200304"])})
    images(head / "sub-S2" / "ses-E3" / "mod-ct", "x.png")
    people = [
        {"participant": "sub-S1", "modality_dicom": "['DX']", "age": "[64]", "gender": "M"},
        {"participant": "sub-S2", "modality_dicom": "['CR', 'CT']", "age": "[]", "gender": "F"},
    ]
    table(head / "participants.tsv", people, "\t")
    found = {
        "ses-E1": "['COVID 19'\\t 'pneumonia']",
        "ses-E4": "['unchanged'\\t 'pleural effusion']",
    }
    rows = [
        {"PatientID": "sub-S1", "ReportID": session, "Labels": words}
        for session, words in found.items()
    ]
    table(head / "derivatives" / "labels" / "labels_covid_posi.tsv", rows, "\t")
