"""The keys of simulated images in a study file."""

from pathlib import Path
from typing import Any

import pytest

from pleura.errors import InputError
from pleura.study.study_files import make_study
from tests.study.test_simulated import SCENES, SOUND, XRAYS, study_on


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (
            {"kind": "ct"},
            "data.simulated.kind: takes one of chest-xray, chest-xray-findings, "
            "lung-ultrasound, scenes",
        ),
        (
            {},
            "data.simulated.kind: takes one of chest-xray, chest-xray-findings, "
            "lung-ultrasound, scenes",
        ),
        (
            {**XRAYS, "patients": 3},
            "data.simulated.patients: takes a whole number at least 8 and at most 100000, not 3",
        ),
        (
            {**XRAYS, "clips": 2},
            "data.simulated.clips: unknown key. There are: confounders, kind, patients, seed, size",
        ),
        ({**SOUND, "frame": 2}, "data.simulated.frame: unknown key; did you mean 'frames'?"),
        ({**XRAYS, "patients": 10**9}, "and at most 100000, not 1000000000"),
        ({**SOUND, "clips": 10**9}, "and at most 100 (of a patient), not 1000000000"),
        ({**SOUND, "frames": 10**9}, "and at most 1000 (of a clip), not 1000000000"),
        ({**SCENES, "images": 10**9}, "and at most 200000, not 1000000000"),
        ({**SCENES, "images": 0}, "data.simulated.images: takes a whole number at least 8 and at"),
        ({**SOUND, "size": 16}, "data.simulated.size: takes a whole number at least 32 and at"),
        ({**XRAYS, "confounders": ["leter:lobar=1"]}, "kind 'leter' is unknown"),
    ],
)
def test_wrong_parameters_are_told_by_the_schema(
    data: dict[str, Any], problem: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError) as caught:
        make_study(study_on({"simulated": data}), where="here", relative_to=tmp_path)
    [line] = caught.value.problems
    assert problem in line


@pytest.mark.parametrize("data", [{"manifest": "images.csv"}, {"simulated": None}])
def test_images_come_from_one_place(data: dict[str, Any], tmp_path: Path) -> None:
    content = study_on(data)
    with pytest.raises(InputError) as caught:
        make_study(content, where="here", relative_to=tmp_path)
    [line] = caught.value.problems
    assert line.startswith(("data: give either manifest", "data.manifest: is missing"))
